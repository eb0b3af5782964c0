from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm

from jobs.analysis.estimate import Estimate
from jobs.analysis.mixed import mixed_slope
from jobs.analysis.noise import weighted_slope
from jobs.analysis.slopes import SLOPE, pooled_line, slope_within_sets


def three_sets(seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Sets that are the harder, the more frequent they are, while within each frequency helps: slope 4."""
    rng = np.random.default_rng(seed)
    set_of = np.repeat([0, 1, 2], [50, 80, 40])
    x = rng.uniform(0, 2, set_of.size) + 2.0 * set_of
    return x, 30 + 4 * (x - 2.0 * set_of) - 9 * set_of + rng.normal(0, 1, set_of.size), set_of


def by_dummies(x: np.ndarray, y: np.ndarray, set_of: np.ndarray, weights: np.ndarray) -> float:
    """The fixed effect as a textbook has it: a column of ones for each set beside x."""
    columns = np.column_stack([x, *(set_of == one for one in np.unique(set_of))]).astype(float)
    return float(sm.WLS(y, columns, weights).fit().params[0])


def test_both_slopes_equal_least_squares() -> None:
    x, y, set_of = three_sets()
    pooled, within = pooled_line(x, y, set_of).estimate(SLOPE), slope_within_sets(x, y, set_of)
    assert pooled.value == pytest.approx(np.polyfit(x, y, 1)[0])
    assert within is not None and within.value == pytest.approx(by_dummies(x, y, set_of, np.ones_like(x)))
    assert pooled.value < 0 < within.low < 4 < within.high < 6 and 3.5 < within.value < 4.5


def test_weights_are_those_of_least_squares() -> None:
    x, y, set_of = three_sets()
    weights = np.random.default_rng(1).uniform(0.1, 3, x.size)
    within = slope_within_sets(x, y, set_of, weights)
    assert within is not None and within.value == pytest.approx(by_dummies(x, y, set_of, weights))
    line = pooled_line(x, y, np.arange(x.size), weights)
    assert line.coefficients == pytest.approx(sm.WLS(y, sm.add_constant(x), weights).fit().params)


def test_one_set_has_no_interval_over_sets() -> None:
    x, y, _ = three_sets()
    set_of = np.zeros(x.size, np.int64)
    assert slope_within_sets(x, y, set_of) == Estimate(pytest.approx(np.polyfit(x, y, 1)[0]))


def test_no_slope_within_sets_of_one_frequency() -> None:
    x, y, set_of = np.array([1.0, 1, 2, 2]), np.array([0.0, 1, 2, 3]), np.array([0, 0, 1, 1])
    assert slope_within_sets(x, y, set_of) is None


def test_a_set_of_one_frequency_tells_nothing_within() -> None:
    x, y, set_of = three_sets()
    more = (np.append(x, [9.0, 9.0]), np.append(y, [500.0, -500.0]), np.append(set_of, [3, 3]))
    assert slope_within_sets(*more).value == pytest.approx(slope_within_sets(x, y, set_of).value)


def test_two_names_in_many_sets_determine_no_interval() -> None:
    x, name_of = np.tile([1.0, 3.0], 6), np.tile([0, 1], 6)
    found = pooled_line(x, np.arange(12.0), name_of).estimate(SLOPE)
    assert found == Estimate(pytest.approx(0.5))


def test_a_line_without_scatter_has_an_interval_of_no_width() -> None:
    x = np.arange(12.0)
    found = pooled_line(x, 3 * x, np.arange(12)).estimate(SLOPE)
    assert [found.low, found.value, found.high] == pytest.approx([3, 3, 3])


def test_an_accuracy_over_few_images_counts_less() -> None:
    rng = np.random.default_rng(4)
    x = rng.uniform(0, 4, 400)
    images = np.where(np.arange(400) % 2, 2, 2_000)
    y = rng.binomial(images, 0.1 + 0.15 * x) / images
    # Those over two images are 0.5 too high wherever concepts are frequent.
    y = np.where((images == 2) & (x > 2), np.minimum(1, y + 0.5), y)
    set_of = np.zeros(400, np.int64)
    equal, weighted = np.polyfit(x, y, 1)[0], weighted_slope(x, y, set_of, images.tolist())
    assert weighted is not None and equal > 0.2
    # The others lie on the line but for the noise of two thousand images each.
    assert weighted.value == pytest.approx(0.15, abs=0.002) and weighted.high - weighted.low < 0.01


@pytest.mark.parametrize("samples", [None, [50] * 169 + [None], [50] * 169 + [0]])
def test_without_numbers_of_images_nothing_is_weighted(samples: list[int | None] | None) -> None:
    x, y, set_of = three_sets()
    assert weighted_slope(x, np.clip(y / 50, 0, 1), set_of, samples) is None
    assert weighted_slope(x, y, set_of, [50] * 170) is None, "scores that are no shares have no binomial noise"


def test_the_mixed_model_is_that_of_the_slopes_of_sets() -> None:
    rng = np.random.default_rng(5)
    set_of = np.repeat(np.arange(12), 200)
    slopes = rng.normal(4, 1, 12)
    x = rng.uniform(0, 2, set_of.size)
    y = rng.normal(0, 5, 12)[set_of] + slopes[set_of] * x + rng.normal(0, 0.5, set_of.size)
    found = mixed_slope(x, y, set_of)
    assert found is not None and found.low < 4 < found.high
    # With so many points each set's own slope is known: the model's is their mean, and so is its error.
    assert found.value == pytest.approx(slopes.mean(), abs=0.1)
    assert (found.high - found.low) / 2 == pytest.approx(2.2 * slopes.std(ddof=1) / np.sqrt(12), rel=0.1)
    assert mixed_slope(x[:800], y[:800], set_of[:800]) is None, "4 sets"
