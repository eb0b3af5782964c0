from __future__ import annotations

import numpy as np
import pytest

from jobs.analysis.ratios import Total, ratio_total


def test_a_constant_ratio_gives_the_total_without_error() -> None:
    size = np.array([1.0, 5, 20])
    found = ratio_total(3 * size, size, 1000.0)
    assert found.value == pytest.approx(3000)
    assert (found.low, found.high) == pytest.approx((3000, 3000))


def test_by_hand() -> None:
    # Ratio 12/6 = 2; without the first 10/5 = 2, the second 9/4, the third 5/3.
    found = ratio_total(np.array([2.0, 3, 7]), np.array([1.0, 2, 3]), 60.0)
    logs = np.log([2, 9 / 4, 5 / 3])
    error = np.sqrt(2 / 3 * ((logs - logs.mean()) ** 2).sum())
    reach = np.exp(4.302652730 * error)  # Student's t, 2 degrees of freedom, 97.5 %
    assert found.value == pytest.approx(120)
    assert (found.low, found.high) == pytest.approx((120 / reach, 120 * reach))


def test_units_that_were_all_measured_leave_no_doubt() -> None:
    measured = np.array([2.0, 9, 7])
    assert ratio_total(measured, np.array([1.0, 2, 3]), 6.0, seen=1.0) == Total(18.0, 18.0, 18.0)


def test_half_of_all_units_leave_less_doubt_than_a_few() -> None:
    measured, size = np.array([2.0, 3, 7]), np.array([1.0, 2, 3])
    few, half = ratio_total(measured, size, 60.0), ratio_total(measured, size, 60.0, seen=0.5)
    assert few.low is not None and half.low is not None and few.low < half.low < few.value


def test_one_unit_and_nothing_measured_give_no_interval() -> None:
    assert ratio_total(np.array([4.0]), np.array([2.0]), 10.0) == Total(20.0, None, None)
    assert ratio_total(np.zeros(3), np.ones(3), 10.0) == Total(0.0, None, None)


def test_a_sample_without_size_is_refused_unless_there_is_none() -> None:
    assert ratio_total(np.zeros(2), np.zeros(2), 0.0) == Total(0.0, 0.0, 0.0)
    with pytest.raises(ValueError, match="no size"):
        ratio_total(np.zeros(2), np.zeros(2), 5.0)


def simulated(rng: np.random.Generator, shards: int) -> tuple[np.ndarray, np.ndarray]:
    """Bytes and seconds of shards: samples a byte and seconds a sample differ by a third from shard to shard."""
    size = rng.lognormal(17, 0.5, shards)
    return size, size * rng.lognormal(-10, 0.3, shards) * 1e-3 * rng.lognormal(0, 0.3, shards)


@pytest.mark.parametrize(("shards", "drawn"), [(500, 8), (500, 32), (40, 20)])
def test_the_interval_covers_the_truth_of_simulated_corpora(shards: int, drawn: int) -> None:
    rng = np.random.default_rng(11)
    covered, errors, runs = 0, [], 1_000
    for _ in range(runs):
        size, seconds = simulated(rng, shards)
        pick = rng.choice(shards, drawn, replace=False)
        found = ratio_total(seconds[pick], size[pick], float(size.sum()), seen=drawn / shards)
        truth = float(seconds.sum())
        assert found.low is not None and found.high is not None
        covered += found.low <= truth <= found.high
        errors.append(found.value / truth - 1)
    # 0.95 is aimed at; with a standard error of 0.007 the count may be a little below, and must not be far above.
    assert 0.92 <= covered / runs <= 0.985
    assert abs(np.mean(errors)) < 0.02
