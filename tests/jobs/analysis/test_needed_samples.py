from __future__ import annotations

import pytest

from jobs.analysis.estimate import Estimate
from jobs.analysis.needed_samples import Needed, samples_needed

SLOPE = Estimate(0.1, 0.05, 0.2)


def test_a_gain_takes_a_power_of_ten() -> None:
    # Two decades by the slope, one by its upper end, four by its lower end.
    assert samples_needed(30, 0.2, SLOPE, 1e9) == Needed(
        pytest.approx(3_000), pytest.approx(300), pytest.approx(300_000)
    )


def test_the_published_factor() -> None:
    """Ten points at 10.8 points per decade are a factor of 8.4."""
    assert samples_needed(1, 10, Estimate(10.8, 5, 16), 1e9).samples == pytest.approx(8.43, abs=0.01)


def test_beyond_what_was_seen_is_marked() -> None:
    found = samples_needed(30, 0.2, SLOPE, 2_999)
    assert found.samples == pytest.approx(3_000) and found.note == "more than any concept of the fit has"
    endless = samples_needed(30, 0.2, Estimate(0.1, 1e-9, 0.2), 1e9)
    assert endless.samples == pytest.approx(3_000) and endless.high is None


def test_a_score_that_is_there_needs_nothing() -> None:
    assert samples_needed(30, -0.1, SLOPE, 1e9) == Needed(30, 30, 30, "its score is there already")


@pytest.mark.parametrize(
    ("slope", "note"),
    [
        (Estimate(0.1, 0.0, 0.2), "cannot say: the interval of the slope reaches 0"),
        (Estimate(-0.1, -0.2, -0.05), "cannot say: frequent concepts score worse"),
        (Estimate(0.1), "cannot say: the slope has no interval"),
    ],
)
def test_a_slope_that_may_be_0_says_nothing(slope: Estimate, note: str) -> None:
    assert samples_needed(30, 0.2, slope, 1e9) == Needed(None, note=note)


def test_beyond_a_knot_the_slope_says_nothing() -> None:
    assert samples_needed(30, 0.2, SLOPE, 1e9, knot=3_001).samples == pytest.approx(3_000)
    found = samples_needed(30, 0.2, SLOPE, 1e9, knot=2_000)
    assert found == Needed(None, note="cannot say: the slope changes near 2,000 samples")
