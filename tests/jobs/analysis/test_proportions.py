from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binom

from jobs.analysis.proportions import clopper_pearson


def test_bounds_are_those_of_published_tables() -> None:
    # 95 % exact bounds of 3 of 7 and 7 of 7 (one-sided: 0.05 ** (1 / 7)).
    some = clopper_pearson(3, 7)
    assert (some.low, some.high) == pytest.approx((0.0990, 0.8159), abs=1e-4)
    everything = clopper_pearson(7, 7)
    assert (everything.low, everything.high) == pytest.approx((0.5904, 1.0), abs=1e-4)
    assert everything.lower == pytest.approx(0.05 ** (1 / 7))


def test_without_a_difference_the_bound_is_the_root_of_the_error() -> None:
    # All of n agree: p^n = 0.05 at the bound, which is why 200 samples say 98.5 % and not 100.
    assert clopper_pearson(200, 200).lower == pytest.approx(0.05 ** (1 / 200))
    assert clopper_pearson(200, 200).high == 1.0 and clopper_pearson(0, 200).lower == 0.0


@pytest.mark.parametrize("truth", [0.5, 0.9, 0.99, 0.999])
def test_it_covers_with_no_less_than_its_confidence(truth: float) -> None:
    successes = np.arange(101)
    chance = binom.pmf(successes, 100, truth)
    bounds = [clopper_pearson(int(number), 100) for number in successes]
    one_sided = sum(p for p, bound in zip(chance, bounds, strict=True) if bound.lower <= truth)
    two_sided = sum(p for p, bound in zip(chance, bounds, strict=True) if bound.low <= truth <= bound.high)
    assert one_sided >= 0.95 and two_sided >= 0.95


@pytest.mark.parametrize(("successes", "trials"), [(0, 0), (3, 2), (-1, 4)])
def test_what_is_no_sample_is_refused(successes: int, trials: int) -> None:
    with pytest.raises(ValueError, match="not a sample"):
        clopper_pearson(successes, trials)
