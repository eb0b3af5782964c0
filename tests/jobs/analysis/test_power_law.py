"""The power law finds the exponent that values were drawn with, and refuses what has no tail."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import zeta
from scipy.stats import zipf

from jobs.analysis.power_law import LEAST, fit_power_law


def drawn(exponent: float, n: int, seed: int, start: int = 1) -> np.ndarray:
    """Whole numbers from `start` on that follow the law, by the inverse of its distribution."""
    values = np.arange(start, 200_000)
    above = zeta(exponent, values + 1.0) / zeta(exponent, float(start))
    places = np.searchsorted(-above, -np.random.default_rng(seed).uniform(above[-1], 1, n))
    return values[places]


@pytest.mark.parametrize("exponent", [1.6, 2.0, 2.5, 3.5])
def test_the_exponent_of_drawn_values_is_found(exponent: float) -> None:
    errors = []
    for seed in range(3):
        values = zipf.rvs(exponent, size=3_000, random_state=seed)
        found = fit_power_law(np.minimum(values, 2**40))
        errors.append((found.exponent - exponent) / found.error)
        assert found.distance < 0.03 and found.values <= 3_000
    assert abs(np.mean(errors)) < 1.5 and max(map(abs, errors)) < 4


def test_the_error_is_the_papers_where_values_are_large() -> None:
    found = fit_power_law(drawn(2.5, 20_000, 0, start=50))
    # Equation 3.2, for values that are as good as continuous.
    assert found.error == pytest.approx((found.exponent - 1) / np.sqrt(found.values), rel=0.03)


def test_the_tail_starts_where_the_law_does() -> None:
    head = np.random.default_rng(1).integers(1, 30, 4_000)
    found = fit_power_law(np.concatenate([head, drawn(2.2, 2_000, 1, start=30), np.zeros(500)]))
    assert 27 <= found.start <= 45
    assert found.exponent == pytest.approx(2.2, abs=4 * found.error)
    assert found.zipf == pytest.approx(1 / (found.exponent - 1))


def test_the_likelihood_has_its_known_maximum() -> None:
    """With a start of 1, the mean log of values is -zeta'/zeta at the exponent (section 3.2)."""
    values = zipf.rvs(2.3, size=500, random_state=3)
    values[values > 6] = 6
    found = fit_power_law(values)
    tail = values[values >= found.start]
    step = 1e-5
    slope = -(np.log(zeta(found.exponent + step, found.start)) - np.log(zeta(found.exponent - step, found.start))) / (
        2 * step
    )
    assert slope == pytest.approx(np.log(tail).mean(), rel=1e-5)


def test_lognormal_values_are_farther_from_a_law_than_drawn_ones() -> None:
    other = np.random.default_rng(5).lognormal(5, 0.3, 2_000).astype(int)
    assert fit_power_law(drawn(2.5, 2_000, 5)).distance < 0.03
    assert fit_power_law(other).values < 500, "only its far end may pass for a law"


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ([], "0 frequencies are above 0"),
        ([0] * 100 + [3] * (LEAST - 1), f"{LEAST - 1} frequencies are above 0: a power law needs {LEAST}"),
        ([7] * 60, "equally frequent"),
        ([1] * 30 + [7] * 60, None),
    ],
)
def test_what_has_no_tail_is_refused(values: list[int], reason: str | None) -> None:
    if reason is None:
        # From 1 on there are two values.
        assert fit_power_law(values).start == 1
        return
    with pytest.raises(ValueError, match=reason):
        fit_power_law(values)


def test_frequencies_of_a_large_corpus() -> None:
    rng = np.random.default_rng(7)
    frequency = (10 ** rng.uniform(0, 8.6, 10_000)).astype(np.int64)
    found = fit_power_law(frequency)
    assert 1 < found.exponent < 20 and np.isfinite(found.error)
