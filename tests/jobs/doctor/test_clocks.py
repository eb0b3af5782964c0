"""Clocks: what is surely wrong with one, and how much of that a lease bears."""

from __future__ import annotations

import pytest

from jobs.doctor.clocks import judge, skew


@pytest.mark.parametrize(("told", "expected"), [(99.0, -1.0), (100.0, 0.0), (102.0, 0.0), (105.0, 0.0), (112.5, 7.5)])
def test_only_what_lies_outside_of_the_window_is_surely_wrong(told: float, expected: float) -> None:
    assert skew(told, 100.0, 105.0) == expected


@pytest.mark.parametrize(
    ("seconds", "well", "doubtful", "said"),
    [
        (0.0, True, False, "agrees"),
        (-3.0, True, False, "agrees"),
        (3.5, True, True, "4 s ahead of the driver's"),
        (-60.0, True, True, "60 s behind the driver's"),
        (-61.0, False, False, "raise lease_seconds (120) above 122"),
    ],
)
def test_what_a_lease_bears(seconds: float, well: bool, doubtful: bool, said: str) -> None:
    found = judge("clock", seconds, 120)
    assert (found.well, found.doubtful) == (well, doubtful)
    assert said in found.found and ("NTP" in found.found) == (abs(seconds) > 3)
