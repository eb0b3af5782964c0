from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from jobs.analysis.law import bin_table, fit_law
from jobs.analysis.protocol import Protocol

PAPER = Protocol("paper")


def concepts(n: int = 400, slope: float = 10.0, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    frequency = np.floor(np.exp(rng.uniform(0, 10, n))).astype(int)
    frequency[:20] = 0
    return frequency, 5 + slope * np.log10(np.maximum(frequency, 1)) + rng.normal(0, 8, n)


def by_hand(frequency: np.ndarray, score: np.ndarray, keep: slice) -> float:
    x = np.log(np.maximum(frequency, 1))
    edges = [x.min() + (x.max() - x.min()) * i / 11 for i in range(12)]
    means = [score[x == x.min()].mean()]
    for low, high in zip(edges, edges[1:], strict=False):
        means.append(score[(x > low) & (x <= high + 1e-9)].mean())
    return float(stats.pearsonr(edges[keep], means[keep]).statistic)


def test_r_follows_the_papers_procedure() -> None:
    frequency, score = concepts()
    law = fit_law(frequency, score, PAPER)
    assert law.r == law.r_inner == pytest.approx(by_hand(frequency, score, slice(1, -1)))
    assert law.r_all == pytest.approx(by_hand(frequency, score, slice(None)))
    assert law.p == pytest.approx(stats.pearsonr(*used_points(law)).pvalue)
    assert (law.bins, law.empty_bins, law.concepts) == (10, 0, 400)


def used_points(law) -> tuple[list[float], list[float]]:
    return [b.edge for b in law.bin_table if b.used], [b.mean for b in law.bin_table if b.used]


@pytest.mark.parametrize(("low", "high", "keep"), [(2, 1, slice(2, -1)), (0, 4, slice(0, -4))])
def test_the_bins_left_out_are_the_protocols(low: int, high: int, keep: slice) -> None:
    frequency, score = concepts()
    law = fit_law(frequency, score, replace(PAPER, drop_low=low, drop_high=high))
    assert law.r == pytest.approx(by_hand(frequency, score, keep))
    assert law.r_inner == pytest.approx(by_hand(frequency, score, slice(1, -1)))


def test_the_line_is_per_decade_over_the_concepts() -> None:
    frequency, score = concepts()
    x = np.log10(np.maximum(frequency, 1))
    law = fit_law(frequency, score, PAPER)
    assert [law.slope_per_decade, law.intercept] == pytest.approx(np.polyfit(x, score, 1))
    assert law.r_unbinned == pytest.approx(stats.pearsonr(x, score).statistic)
    assert law.expected(0) == law.intercept
    assert law.expected(100) == pytest.approx(law.intercept + 2 * law.slope_per_decade)


def test_the_bins_are_those_of_the_fit() -> None:
    frequency, score = concepts()
    for protocol in (PAPER, replace(PAPER, drop_high=4, min_concepts_per_bin=3), replace(PAPER, empty="zero")):
        assert bin_table(frequency, score, protocol) == fit_law(frequency, score, protocol).bin_table


def test_the_line_needs_no_bins() -> None:
    frequency, score = (values[20:40] for values in concepts())
    law = fit_law(frequency, score, replace(PAPER, min_concepts_per_bin=5))
    assert law.r is None and law.p is None and law.bins < 6
    assert law.no_r is not None and re.search(
        r"too few bins are left: \d of 12, and r needs 6 \(\d+ are empty", law.no_r
    )
    assert law.slope_per_decade == pytest.approx(np.polyfit(np.log10(np.maximum(frequency, 1)), score, 1)[0])


def test_five_bins_of_ten_give_no_r_and_all_of_five_do() -> None:
    frequency = np.repeat([1, 7, 60, 500, 4_096], 2)
    score = np.array([0.0, 0, 1, 1, 2, 2, 3, 3, 4, 4])
    assert fit_law(frequency, score, Protocol("ten", 10, 0, 0)).r is None
    assert fit_law(frequency, score, Protocol("five", 5, 0, 0)).r == pytest.approx(1.0)


def test_bins_of_one_mean_give_no_r() -> None:
    frequency = np.repeat([1, 8, 60, 500, 4_096], 2)
    law = fit_law(frequency, np.tile([0.0, 1.0], 5), Protocol("five", 5, 0, 0))
    assert law.r is None and law.no_r == "all 5 bins have one mean, so r is undefined"
    assert law.slope_per_decade == pytest.approx(0.0, abs=1e-12)


def test_an_empty_bin_is_left_out_or_counts_as_zero() -> None:
    frequency = np.array([1, 9, 90, 9_000, 90_000, 1_000_000])
    score = np.array([1.0, 2.0, 4.0, 5.0, 9.0, 8.0])
    seven = Protocol("seven", edges=7, drop_low=0, drop_high=0)
    out, zero = fit_law(frequency, score, seven), fit_law(frequency, score, replace(seven, empty="zero"))
    assert (out.bins, out.empty_bins, zero.bins, zero.empty_bins) == (6, 1, 7, 1)
    edges = np.arange(7)
    assert out.r == pytest.approx(np.corrcoef(edges[[0, 1, 2, 4, 5, 6]], score)[0, 1])
    assert zero.r == pytest.approx(np.corrcoef(edges, [1, 2, 4, 0, 5, 9, 8])[0, 1])
    assert out.bin_table[3].mean is None and not out.bin_table[3].used


def test_small_bins_are_left_out_and_bins_may_weigh_as_their_concepts() -> None:
    sizes = [5, 3, 4, 3, 6, 3]
    frequency = np.array([*np.repeat([1, 9, 90, 900, 9_000, 90_000], sizes), 10**6])
    score = np.array([*np.repeat([1.0, 3.0, 2.0, 5.0, 4.0, 6.0], sizes), 50.0])
    law = fit_law(frequency, score, Protocol("own", 7, 0, 0, min_concepts_per_bin=3, weights="concepts"))
    x = np.repeat(range(6), sizes)
    assert law.bins == 6 and law.r == pytest.approx(np.corrcoef(x, score[:-1])[0, 1])


def test_what_zero_becomes_moves_the_lowest_concepts() -> None:
    frequency, score = np.array([0, 1, 10, 100, 1_000, 10_000]), np.arange(6.0)
    law = fit_law(frequency, score, Protocol("tenth", 4, 0, 0, zero_becomes=0.1))
    assert law.slope_per_decade == pytest.approx(1.0) and law.bin_table[0].frequency == pytest.approx(0.1)


@pytest.mark.parametrize(
    ("frequency", "score", "words"),
    [
        ([1, 2, 3], [1.0, 2.0], "two lists of equal length"),
        ([1, 2, 3, 4], [1.0, float("nan"), 2.0, float("inf")], "2 of 4 scores are not finite"),
        ([1, -1, 3], [1.0, 2.0, 3.0], "1 of 3 frequencies are negative or not finite"),
        ([7] * 6, [1.0, 2.0, 3.0, 4.0, 5.0, 6.0], "all 6 concepts have the same frequency"),
        ([0, 1, 1, 0, 1, 0], [1.0, 2.0, 3.0, 4.0, 5.0, 6.0], "same frequency"),
        ([1, 10, 100, 1000, 1, 10], [0.0] * 6, "all 6 scores are equal"),
        ([1, 10, 100, 1000, 10_000], [0.0, 1.0, 2.0, 3.0, 4.0], "5 concepts with a score are too few"),
        ([1, 10, 100], [0.0, 1.0, 2.0], "at least 6 are needed"),
    ],
)
def test_refusals_say_what_is_wrong(frequency: list[int], score: list[float], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        fit_law(frequency, score, PAPER)


@pytest.mark.parametrize("settings", [{"edges": 2}, {"drop_low": -1}, {"zero_becomes": 0}])
def test_a_protocol_that_cannot_be_is_refused_by_name(settings: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="protocol odd"):
        Protocol("odd", **settings)
