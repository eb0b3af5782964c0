"""Counts by hand for the rules."""

from __future__ import annotations

import pytest

from jobs.analysis.suspicions.suspicion import Question


@pytest.fixture
def text() -> Question:
    """Text search of a corpus."""
    return Question("own", "c", "text", "strict")


@pytest.fixture
def image() -> Question:
    """Image search of the same corpus."""
    return Question("own", "c", "image", None, 0.5)


@pytest.fixture
def both() -> Question:
    """Integrated search of the same corpus."""
    return Question("own", "c", "integrated", "strict", 0.5)
