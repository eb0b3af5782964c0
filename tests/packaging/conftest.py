"""The wheel as a release would build it."""

from __future__ import annotations

from pathlib import Path

import pytest
from wheels import build_wheel


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel built from a copy of the tree."""
    return build_wheel(tmp_path_factory.mktemp("source"))
