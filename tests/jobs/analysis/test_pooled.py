from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from jobs.analysis.clusters import slopes_over_sets
from jobs.analysis.pooled import describe


def pairs() -> tuple[list[str], list[str], np.ndarray, np.ndarray]:
    """200 pairs of 150 names in 4 sets, a tenth of them never found."""
    rng = np.random.default_rng(2)
    frequency = np.floor(np.exp(rng.uniform(0, 9, 200))).astype(int)
    frequency[::10] = 0
    score = 10 + 6 * np.log10(np.maximum(frequency, 1)) + rng.normal(0, 6, 200)
    return [f"n{i % 150}" for i in range(200)], [f"s{i % 4}" for i in range(200)], frequency, score


def test_every_value_agrees_with_scipy_and_counting() -> None:
    names, sets, frequency, score = pairs()
    found = describe(names, sets, frequency, score, draws=100, seed=3)
    x = np.log10(np.maximum(frequency, 1))
    assert (found.concepts, found.distinct, found.sets) == (200, 150, 4)
    assert found.zeros == pytest.approx(0.1)
    assert found.r2 == pytest.approx(stats.linregress(x, score).rvalue ** 2)
    assert found.spearman == pytest.approx(stats.spearmanr(x, score).statistic)
    slopes = slopes_over_sets(x, score, np.arange(200) % 4, 100, 3)
    assert (found.sets_low, found.sets_high) == (slopes.pooled.low, slopes.pooled.high)
    assert (found.slope_within, found.within_low) == (slopes.within.value, slopes.within.low)


def test_what_zero_becomes_moves_the_slope_and_not_the_share_of_zeros() -> None:
    one, tenth = (describe(*pairs(), zero_becomes=least, draws=50) for least in (1.0, 0.1))
    assert one.zeros == tenth.zeros and one.r2 != tenth.r2 and one.slope_within != tenth.slope_within


def test_equal_frequencies_are_refused() -> None:
    with pytest.raises(ValueError, match="all 3 concepts have the same frequency"):
        describe(["a", "b", "c"], ["s"] * 3, [0, 1, 1], [1.0, 2.0, 3.0])
