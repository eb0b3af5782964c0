"""What aliases gain, in words; the demo's own test counts them."""

from __future__ import annotations

from jobs.loop.aliases import Gain


def test_the_line_says_frequencies_and_slopes() -> None:
    gain = Gain(24, 3_205, 6_411, 6_411, 0.262, 0.2794, 0.2791)
    assert str(gain) == (
        "aliases  of 24 concepts that have one: 3,205 captions found by name alone, 6,411 with aliases, "
        "6,411 in truth; the law: +0.262, +0.279 and +0.279 per decade"
    )


def test_without_a_law_only_frequencies_are_said() -> None:
    gain = Gain(6, 40, 81, 81, None, 0.3, None)
    assert str(gain).endswith("40 captions found by name alone, 81 with aliases, 81 in truth")
