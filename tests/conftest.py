"""Fixtures that every test may use."""

from __future__ import annotations

from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[2] / "shared"


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real and hostile input beside the repository."""
    if not SHARED.is_dir():
        pytest.skip(f"no {SHARED}: the real input is not on this machine")
    return SHARED
