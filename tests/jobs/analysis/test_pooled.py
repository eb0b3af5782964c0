from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from jobs.analysis.pooled import Pooled, describe, estimates
from jobs.analysis.slopes import slope_within_sets


def pairs() -> tuple[list[str], list[str], np.ndarray, np.ndarray]:
    """200 pairs of 150 names in 4 sets, a tenth of them never found."""
    rng = np.random.default_rng(2)
    frequency = np.floor(np.exp(rng.uniform(0, 9, 200))).astype(int)
    frequency[::10] = 0
    score = 10 + 6 * np.log10(np.maximum(frequency, 1)) + rng.normal(0, 6, 200)
    return [f"n{i % 150}" for i in range(200)], [f"s{i % 4}" for i in range(200)], frequency, score


def test_every_value_agrees_with_scipy_and_counting() -> None:
    names, sets, frequency, score = pairs()
    found = describe(names, sets, frequency, score)
    x = np.log10(np.maximum(frequency, 1))
    assert (found.concepts, found.distinct, found.sets) == (200, 150, 4)
    assert found.zeros == pytest.approx(0.1)
    assert found.r2 == pytest.approx(stats.linregress(x, score).rvalue ** 2)
    assert found.spearman is not None and found.spearman.value == pytest.approx(stats.spearmanr(x, score).statistic)
    assert found.within == found.leading == slope_within_sets(x, score, np.arange(200) % 4)
    assert found.weighted is None and found.mixed is None


def test_a_single_set_leads_with_the_slope_over_its_concepts() -> None:
    names, _, frequency, score = pairs()
    found = describe(names, ["one"] * 200, frequency, score)
    assert not found.leads_within and found.leading == found.slope and found.slope.low is not None


def test_a_name_of_several_sets_is_one_concept_to_the_interval() -> None:
    """Every pair twice, as in two sets of the same names and scores: nothing more is known about the slope."""
    names, _, frequency, score = pairs()
    once = describe(names, ["one"] * 200, frequency, score)
    twice = describe(names * 2, ["one"] * 400, np.tile(frequency, 2), np.tile(score, 2))
    assert twice.slope.value == pytest.approx(once.slope.value)
    assert twice.slope.high - twice.slope.low == pytest.approx(once.slope.high - once.slope.low, rel=0.02)
    assert twice.r is not None and once.r is not None
    assert [twice.r.low, twice.r.high] == pytest.approx([once.r.low, once.r.high])


def test_columns_are_the_estimates_and_back() -> None:
    names, sets, frequency, score = pairs()
    found = describe(names, sets, frequency, np.clip(score / 100, 0, 1), samples=[50] * 200)
    row = found.columns
    assert row["slope_low"] < row["slope_per_decade"] < row["slope_high"] and row["r2"] == found.r2
    assert row["slope_mixed"] is None
    assert Pooled(found.concepts, found.distinct, found.sets, found.zeros, **estimates(row)) == found


def test_what_zero_becomes_moves_the_slope_and_not_the_share_of_zeros() -> None:
    one, tenth = (describe(*pairs(), zero_becomes=least) for least in (1.0, 0.1))
    assert one.zeros == tenth.zeros and one.r2 != tenth.r2 and one.within != tenth.within


def test_equal_frequencies_are_refused() -> None:
    with pytest.raises(ValueError, match="all 3 concepts have the same frequency"):
        describe(["a", "b", "c"], ["s"] * 3, [0, 1, 1], [1.0, 2.0, 3.0])
