"""Shares of rare concepts and Gini's coefficient, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from jobs.analysis.tail import inequality, rank_curve


def test_shares_below_and_zeros() -> None:
    found = inequality([0, 0, 9, 10, 99, 100, 999, 1_000, 5_000, 3])
    assert (found.concepts, found.zeros) == (10, 2)
    assert found.below == (0.4, 0.6, 0.8)


@pytest.mark.parametrize(
    ("frequency", "gini"),
    [([5, 5, 5], 0.0), ([0, 0, 0, 8], 0.75), ([1, 3], 0.25), ([0, 0], None), ([7], 0.0)],
)
def test_gini_by_hand(frequency: list[int], gini: float | None) -> None:
    found = inequality(frequency).gini
    assert found == (None if gini is None else pytest.approx(gini))


def test_gini_is_half_the_mean_difference_over_the_mean() -> None:
    values = np.random.default_rng(0).integers(0, 1_000, 60)
    differences = np.abs(values[:, None] - values[None, :]).mean()
    assert inequality(values).gini == pytest.approx(differences / (2 * values.mean()))


def test_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="no frequency"):
        inequality([])


def test_a_curve_of_ranks_is_thinned_and_keeps_its_ends() -> None:
    ranks, frequency = rank_curve([3, 9, 9, 1], 10)
    assert ranks.tolist() == [1, 2, 3, 4] and frequency.tolist() == [9, 9, 3, 1]
    counts = np.random.default_rng(2).permutation(np.arange(1, 50_001))
    ranks, frequency = rank_curve(counts, 100)
    assert 60 < ranks.size <= 100 and ranks[0] == 1 and ranks[-1] == 50_000
    assert (frequency == 50_001 - ranks).all(), "the frequency at rank r of 50,000 distinct ones"
    assert np.ptp(np.diff(np.log10(ranks[40:]))) < 0.01, "evenly spaced on a logarithmic axis"
    assert rank_curve([], 10)[0].size == 0
