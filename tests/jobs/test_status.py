"""Where a lake stands, and what holds a stage up."""

from __future__ import annotations

import pytest

from jobs.status import bottleneck
from udfs.images.pipeline import PHASES


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        ({"read": 1.0, "decode": 6.0, "forward": 3.0}, ("decode", 0.6)),
        # A device that waits for images is not what holds them up.
        ({"read": 1.0, "decode": 3.0, "forward": 1.0, "idle": 90.0}, ("decode", 0.6)),
        ({"read": 2.0, "nouns": 2.0}, ("nouns", 0.5)),
        ({"forward": 0.0, "idle": 5.0}, (None, None)),
        ({}, (None, None)),
    ],
)
def test_the_phase_with_most_seconds_is_the_bottleneck(
    seconds: dict[str, float], expected: tuple[str | None, float | None]
) -> None:
    assert bottleneck(seconds) == expected


def test_a_phase_of_the_image_stage_is_idleness() -> None:
    from jobs.core.ledger import IDLE

    assert IDLE in PHASES
