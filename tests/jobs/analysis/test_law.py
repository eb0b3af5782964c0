from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from jobs.analysis.law import bin_table, fit_law, line_band
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
    law = fit_law(frequency, score, PAPER, draws=50)
    assert law.r == law.r_inner == pytest.approx(by_hand(frequency, score, slice(1, -1)))
    assert law.r_all == pytest.approx(by_hand(frequency, score, slice(None)))
    assert law.p == pytest.approx(stats.pearsonr(*used_points(law)).pvalue)
    assert (law.bins, law.empty_bins, law.concepts) == (10, 0, 400)


def used_points(law) -> tuple[list[float], list[float]]:
    return [b.edge for b in law.bin_table if b.used], [b.mean for b in law.bin_table if b.used]


@pytest.mark.parametrize(("low", "high", "keep"), [(2, 1, slice(2, -1)), (0, 4, slice(0, -4))])
def test_the_bins_left_out_are_the_protocols(low: int, high: int, keep: slice) -> None:
    frequency, score = concepts()
    law = fit_law(frequency, score, replace(PAPER, drop_low=low, drop_high=high), draws=50)
    assert law.r == pytest.approx(by_hand(frequency, score, keep))
    assert law.r_inner == pytest.approx(by_hand(frequency, score, slice(1, -1)))


def test_the_line_is_per_decade_over_the_concepts() -> None:
    frequency, score = concepts()
    x = np.log10(np.maximum(frequency, 1))
    law = fit_law(frequency, score, PAPER)
    assert [law.slope_per_decade, law.intercept] == pytest.approx(np.polyfit(x, score, 1))
    assert law.r_unbinned == pytest.approx(stats.pearsonr(x, score).statistic)
    assert law.slope_low < 10 < law.slope_high and law.slope_high - law.slope_low < 3
    assert law.expected(0) == law.intercept
    assert law.expected(100) == pytest.approx(law.intercept + 2 * law.slope_per_decade)
    band = line_band(frequency, score, PAPER)
    assert band is not None and band.x[0] == 0
    assert all(low <= law.expected(10**x) <= high for x, low, high in zip(band.x, band.low, band.high, strict=True))


def test_the_bins_are_those_of_the_fit() -> None:
    frequency, score = concepts()
    for protocol in (PAPER, replace(PAPER, drop_high=4, min_concepts_per_bin=3), replace(PAPER, empty="zero")):
        assert bin_table(frequency, score, protocol) == fit_law(frequency, score, protocol, draws=10).bin_table


def test_one_seed_one_answer() -> None:
    frequency, score = concepts()
    first, again, other = (fit_law(frequency, score, PAPER, seed=seed) for seed in (5, 5, 6))
    assert first == again and first.slope_low != other.slope_low


def test_an_empty_bin_is_left_out_or_counts_as_zero() -> None:
    frequency, score = np.array([1, 9, 90, 9_000, 100_000]), np.array([1.0, 2.0, 4.0, 5.0, 9.0])
    six = Protocol("six", edges=6, drop_low=0, drop_high=0)
    out, zero = fit_law(frequency, score, six, 50), fit_law(frequency, score, replace(six, empty="zero"), 50)
    assert (out.bins, out.empty_bins, zero.bins, zero.empty_bins) == (5, 1, 6, 1)
    edges = np.arange(6)
    assert out.r == pytest.approx(np.corrcoef(edges[[0, 1, 2, 4, 5]], score)[0, 1])
    assert zero.r == pytest.approx(np.corrcoef(edges, [1, 2, 4, 0, 5, 9])[0, 1])
    assert out.bin_table[3].mean is None and not out.bin_table[3].used


def test_small_bins_are_left_out_and_bins_may_weigh_as_their_concepts() -> None:
    frequency = np.array([1] * 5 + [9] * 3 + [90] * 4 + [1000])
    score = np.array([1.0] * 5 + [3.0] * 3 + [2.0] * 4 + [50.0])
    law = fit_law(frequency, score, Protocol("own", 4, 0, 0, min_concepts_per_bin=3, weights="concepts"), 50)
    x = np.repeat([0, 1, 2], [5, 3, 4])
    assert law.bins == 3 and law.r == pytest.approx(np.corrcoef(x, score[:-1])[0, 1])


def test_what_zero_becomes_moves_the_lowest_concepts() -> None:
    frequency, score = np.array([0, 1, 10, 100]), np.array([0.0, 1.0, 2.0, 3.0])
    law = fit_law(frequency, score, Protocol("tenth", 4, 0, 0, zero_becomes=0.1), 50)
    assert law.slope_per_decade == pytest.approx(1.0) and law.bin_table[0].frequency == pytest.approx(0.1)


@pytest.mark.parametrize(
    ("frequency", "score", "words"),
    [
        ([1, 2, 3], [1.0, 2.0], "two lists of equal length"),
        ([1, 2, 3, 4], [1.0, float("nan"), 2.0, float("inf")], "2 of 4 scores are not finite"),
        ([1, -1, 3], [1.0, 2.0, 3.0], "1 of 3 frequencies are negative or not finite"),
        ([7, 7, 7, 7], [1.0, 2.0, 3.0, 4.0], "all 4 concepts have the same frequency"),
        ([0, 1, 1, 0], [1.0, 2.0, 3.0, 4.0], "same frequency"),
        ([1, 10, 100, 1000], [0.0] * 4, "all 4 scores are equal"),
        ([1, 10], [0.0, 1.0], "at least 3"),
        ([1, 2, 1000], [1.0, 2.0, 3.0], "fewer than 3 bins are left"),
    ],
)
def test_refusals_say_what_is_wrong(frequency: list[int], score: list[float], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        fit_law(frequency, score, PAPER, draws=10)


@pytest.mark.parametrize("settings", [{"edges": 2}, {"drop_low": -1}, {"zero_becomes": 0}])
def test_a_protocol_that_cannot_be_is_refused_by_name(settings: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="protocol odd"):
        Protocol("odd", **settings)
