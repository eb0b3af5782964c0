"""Sums and shares of estimated totals keep what is certain, and the uneven ends of what is not."""

from __future__ import annotations

import pytest

from jobs.analysis.estimate import Estimate
from jobs.analysis.labels.totals import divided, share_of_both, total


def ends(one: Estimate | None) -> tuple[float | None, ...]:
    assert one is not None
    return one.value, one.low, one.high


def test_a_sum_by_hand() -> None:
    found = total([100, 200], [Estimate(0.5, 0.4, 0.7), Estimate(0.25, 0.05, 0.3)])
    assert ends(found) == pytest.approx((100, 100 - (10**2 + 40**2) ** 0.5, 100 + (20**2 + 10**2) ** 0.5))
    assert total([], []) == Estimate(0, 0, 0)


def test_one_part_keeps_its_interval() -> None:
    assert ends(divided(total([40], [Estimate(0.5, 0.3, 0.6)]), 40)) == pytest.approx((0.5, 0.3, 0.6))
    assert divided(Estimate(0, 0, 0), 0) is None


def test_what_is_certain_stays_certain() -> None:
    assert ends(share_of_both(Estimate(30, 30, 30), Estimate(10, 10, 10))) == pytest.approx((0.75, 0.75, 0.75))
    assert share_of_both(Estimate(0, 0, 0), Estimate(0, 0, 0)) is None


def test_a_certain_rest_gives_the_share_of_the_ends() -> None:
    found = share_of_both(Estimate(30, 20, 50), Estimate(10, 10, 10))
    assert ends(found) == pytest.approx((30 / 40, 20 / 30, 50 / 60))


def test_no_right_label_in_the_rest_bounds_the_share_from_below() -> None:
    found = share_of_both(Estimate(30, 30, 30), Estimate(0, 0, 15))
    assert ends(found) == pytest.approx((1.0, 30 / 45, 1.0))


def test_nothing_found_right_bounds_the_share_from_above() -> None:
    found = share_of_both(Estimate(0, 0, 5), Estimate(20, 10, 30))
    assert found is not None and found.value == found.low == 0
    assert found.high == pytest.approx(5 / (5 + (20**2 - 10**2) ** 0.5))


def test_both_are_mirrors() -> None:
    part, rest = Estimate(30, 22, 41), Estimate(12, 7, 20)
    one, other = share_of_both(part, rest), share_of_both(rest, part)
    assert one is not None and other is not None
    assert ends(one) == pytest.approx((1 - other.value, 1 - (other.high or 0), 1 - (other.low or 0)))
