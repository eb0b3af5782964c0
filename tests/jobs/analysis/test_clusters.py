from __future__ import annotations

import numpy as np
import pytest

from jobs.analysis.clusters import slopes_over_sets


def three_sets(seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Sets that are the harder, the more frequent they are, while within each frequency helps: slope 4."""
    rng = np.random.default_rng(seed)
    set_of = np.repeat([0, 1, 2], [50, 80, 40])
    x = rng.uniform(0, 2, set_of.size) + 2.0 * set_of
    return x, 30 + 4 * (x - 2.0 * set_of) - 9 * set_of + rng.normal(0, 1, set_of.size), set_of


def by_dummies(x: np.ndarray, y: np.ndarray, set_of: np.ndarray) -> float:
    """The fixed effect as a textbook has it: a column of ones for each set beside x."""
    columns = [x, *(set_of == one for one in np.unique(set_of))]
    return float(np.linalg.lstsq(np.column_stack(columns).astype(float), y, rcond=None)[0][0])


def test_both_slopes_equal_least_squares() -> None:
    x, y, set_of = three_sets()
    found = slopes_over_sets(x, y, set_of, draws=10, seed=0)
    assert found.pooled.value == pytest.approx(np.polyfit(x, y, 1)[0])
    assert found.within is not None and found.within.value == pytest.approx(by_dummies(x, y, set_of))
    assert found.pooled.value < 0 < 3.5 < found.within.value < 4.5


def test_intervals_equal_refits_to_whole_sets() -> None:
    x, y, set_of = three_sets()
    found = slopes_over_sets(x, y, set_of, draws=40, seed=5)
    pooled, within = [], []
    for times in np.random.default_rng(5).multinomial(3, np.full(3, 1 / 3), size=40):
        picked = [one for one, number in enumerate(times) for _ in range(number)]
        rows = np.concatenate([np.flatnonzero(set_of == one) for one in picked])
        # A set that is drawn twice is two sets.
        own = np.repeat(np.arange(len(picked)), [(set_of == one).sum() for one in picked])
        pooled.append(np.polyfit(x[rows], y[rows], 1)[0])
        within.append(by_dummies(x[rows], y[rows], own))
    assert [found.pooled.low, found.pooled.high] == pytest.approx(np.percentile(pooled, [2.5, 97.5]))
    assert [found.within.low, found.within.high] == pytest.approx(np.percentile(within, [2.5, 97.5]))


def test_one_set_has_no_interval_and_its_slope_within_is_the_slope() -> None:
    x, y, _ = three_sets()
    found = slopes_over_sets(x, y, np.zeros(x.size, np.int64), draws=50, seed=0)
    assert (found.pooled.low, found.pooled.high) == (None, None)
    assert found.within.value == pytest.approx(found.pooled.value) and found.within.low is None


def test_no_slope_within_sets_of_one_frequency() -> None:
    found = slopes_over_sets(np.array([1.0, 1, 2, 2]), np.array([0.0, 1, 2, 3]), np.array([0, 0, 1, 1]), 50, 0)
    assert found.within is None and found.pooled.value == pytest.approx(2.0)
    # Draws of one set twice have no slope and are left out.
    assert found.pooled.low == pytest.approx(2.0)


def test_one_seed_one_answer() -> None:
    assert slopes_over_sets(*three_sets(), 100, 1) == slopes_over_sets(*three_sets(), 100, 1)
    assert slopes_over_sets(*three_sets(), 100, 1) != slopes_over_sets(*three_sets(), 100, 2)
