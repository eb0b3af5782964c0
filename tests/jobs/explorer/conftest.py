"""One small lake and its explorer for all tests that change neither."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from explored import Served, explored_lake, serving


@pytest.fixture(scope="session")
def explored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The settings of the lake."""
    return explored_lake(tmp_path_factory.mktemp("explored"))


@pytest.fixture(scope="session")
def served(explored: Path) -> Iterator[Served]:
    """The explorer, with images."""
    with serving(explored) as running:
        yield running
