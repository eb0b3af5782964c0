"""A concept's number of right pairs: what is labelled is known, and the rest leans on concepts that are found alike."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import betabinom

from jobs.analysis.labels.concept_rates import RightPairs, _loss, between, right_pairs, scatter

ONE = np.ones((1, 200), np.int64)


def numbers(*rows: list[int]) -> np.ndarray:
    return np.array(rows, np.int64)


def test_what_is_labelled_as_a_whole_is_exact() -> None:
    found = right_pairs(numbers([4, 2]), numbers([4, 2]), numbers([3, 0])).over(np.array([True, True]))
    assert (found.mean.tolist(), found.variance.tolist()) == ([3], [0])
    (one,) = found.intervals()
    assert (one.value, one.low, one.high) == (3, 3, 3)


def test_own_labels_outweigh_those_of_others() -> None:
    pairs, labelled = np.full((12, 1), 1_000), np.full((12, 1), 50)
    right = numbers(*([45],) * 11, [5])
    mean = right_pairs(pairs, labelled, right).mean[:, 0]
    assert mean[0] == pytest.approx(900, abs=20) and mean[-1] < 200


def test_a_concept_without_labels_has_the_rate_of_those_like_it() -> None:
    pairs = numbers(*([1_000],) * 10, *([10],) * 10)
    labelled, right = np.full((20, 1), 8), numbers(*([8],) * 10, *([0],) * 10)
    labelled[[0, -1]] = right[[0, -1]] = 0
    found = right_pairs(pairs, labelled, right)
    assert found.mean[0, 0] > 900 and found.mean[-1, 0] < 1
    assert found.variance[0, 0] > found.variance[1, 0]


def test_without_any_label_nothing_is_known() -> None:
    zeros = np.zeros((3, 1), np.int64)
    (one, *_) = right_pairs(np.full((3, 1), 100), zeros, zeros).over(np.array([True])).intervals()
    assert one.value == 50 and one.low is not None and one.high is not None and one.high - one.low > 80


def test_the_scatter_is_that_of_the_rates() -> None:
    drawn = betabinom.rvs(30, 6.0, 2.0, size=200, random_state=3).astype(np.int64)
    mean, size = scatter(np.zeros((1, 200)), np.full(200, 30), drawn)
    assert mean == pytest.approx(np.full(200, 0.75), abs=0.03) and size == pytest.approx(8, rel=0.4)


def test_the_gradient_is_that_of_the_loss() -> None:
    random = np.random.default_rng(5)
    labelled = random.integers(1, 20, 30)
    given = random.normal(0, 0.7, 4), random.normal(0, 1, (2, 30)), labelled, random.binomial(labelled, 0.3)
    steps = 1e-6 * np.eye(4)
    differences = [
        (_loss(given[0] + one, *given[1:])[0] - _loss(given[0] - one, *given[1:])[0]) / 2e-6 for one in steps
    ]
    assert _loss(*given)[1] == pytest.approx(differences, rel=1e-5)


def test_a_rare_concept_that_is_often_confused_stays_rare() -> None:
    # Both have as many pairs; those of the strong stratum, which are labelled, tell them apart.
    pairs = numbers(*([100, 1_000],) * 20)
    labelled = numbers(*([20, 6],) * 19, [20, 0])
    right = numbers(*([19, 5],) * 10, *([0, 0],) * 9, [0, 0])
    found = right_pairs(pairs, labelled, right).mean[:, 1]
    assert found[-1] < 60 and found[0] > 700


def test_quantiles_stay_between_what_is_certain() -> None:
    ends = np.array([0.001, 0.999])
    found = between(np.array([5.0, 5.0]), np.array([9.0, 0.0]), np.array([4, 5]), np.array([20, 5]), ends)
    assert 4 <= found[0, 0] < 5 < found[1, 0] <= 20 and found[:, 1].tolist() == [5, 5]


def test_an_interval_holds_its_value() -> None:
    almost = RightPairs(np.array([0.985]), np.array([0.0148]), numbers([0])[0], numbers([1])[0])
    (one,) = almost.intervals()
    assert (one.low, one.high) == (0, 1)


def test_the_logarithm_of_a_number_that_is_not_known_is_below_that_of_its_mean() -> None:
    known = RightPairs(np.array([100.0, 0.0]), np.zeros(2), numbers([100, 0])[0], numbers([100, 0])[0])
    assert known.mean_log(1.0) == pytest.approx([2, 0])
    unknown = RightPairs(np.array([100.0]), np.array([80.0**2]), numbers([0])[0], numbers([1_000])[0])
    assert unknown.mean_log(1.0)[0] < 1.95
