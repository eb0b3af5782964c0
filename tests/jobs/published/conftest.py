"""Lakes for imports. Spark makes their tables once; a test gets a copy, and no Spark."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from jobs.lake.lake import Lake
from jobs.published.load import WRITTEN


@pytest.fixture(scope="session")
def empty_tables(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A lake with every table that an import writes, without rows."""
    folder = tmp_path_factory.mktemp("published") / "lake"
    for name in WRITTEN:
        Lake(spark, str(folder)).ensure(name)
    return folder


@pytest.fixture
def lake(empty_tables: Path, tmp_path: Path) -> Lake:
    """A copy of it, opened without a session."""
    shutil.copytree(empty_tables, tmp_path / "lake")
    return Lake(None, str(tmp_path / "lake"))


@pytest.fixture
def paper(shared: Path) -> Path:
    """The published results that the tests have."""
    if not (shared / "paper").is_dir():
        pytest.skip(f"no {shared / 'paper'}: the published results are not on this machine")
    return shared / "paper"
