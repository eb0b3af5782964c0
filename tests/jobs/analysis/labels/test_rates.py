"""The rate of a stratum: Clopper and Pearson's with equal chances, weighted with others, exact if all is labelled."""

from __future__ import annotations

import numpy as np
import pytest

from jobs.analysis.estimate import Estimate
from jobs.analysis.labels.rates import StratumLabels, rate
from jobs.analysis.proportions import clopper_pearson


def cells(pairs: list[int], chances: list[float], labelled: list[int], right: list[int]) -> StratumLabels:
    counts = (np.array(one, np.int64) for one in (pairs, labelled, right))
    first, *others = counts
    return StratumLabels(first, np.array(chances), *others)


@pytest.mark.parametrize(("right", "labelled"), [(0, 20), (7, 20), (20, 20)])
def test_equal_chances_give_clopper_pearson(right: int, labelled: int) -> None:
    found = rate(cells([10**9], [1e-6], [labelled], [right]))
    exact = clopper_pearson(right, labelled)
    assert found.value == pytest.approx(right / labelled)
    assert (found.low, found.high) == pytest.approx((exact.low, exact.high), abs=1e-6)


def test_a_label_counts_for_as_many_pairs_as_its_chance_says() -> None:
    # 10 pairs of the first concept stand for 10, 10 of the second for 1,000.
    found = rate(cells([10, 1_000], [1.0, 0.01], [10, 10], [0, 10]))
    assert found.value == pytest.approx(1_000 / 1_010)
    assert found.low is not None and found.low < 0.8, "it rests on ten labels"


def test_nothing_is_guessed_of_what_is_labelled_as_a_whole() -> None:
    assert rate(cells([3, 5], [1.0, 1.0], [3, 5], [1, 5])) == Estimate(0.75, 0.75, 0.75)
    assert rate(cells([], [], [], [])) == Estimate(0.0, 0.0, 0.0)


def test_without_a_label_it_may_be_anything() -> None:
    assert rate(cells([3], [0.1], [0], [0])) == Estimate(0.5, 0.0, 1.0)


def test_uneven_weights_widen_the_interval() -> None:
    even = rate(cells([10_000, 10_000], [0.002, 0.002], [20, 20], [10, 10]))
    uneven = rate(cells([10_000, 10_000], [0.02, 0.0002], [20, 20], [10, 10]))
    assert even.value == uneven.value == 0.5
    assert uneven.high is not None and even.high is not None and uneven.high > even.high
