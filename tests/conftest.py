"""Fixtures that every test may use."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import java_options
import pyspark
import pytest
from pyspark.sql import SparkSession

from jobs.core.session import get_session
from jobs.settings.settings import Spark

os.environ.setdefault("SPARK_SUBMIT_OPTS", java_options.SHORT)

SHARED = Path(__file__).resolve().parents[2] / "shared"


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real and hostile input beside the repository."""
    if not SHARED.is_dir():
        pytest.skip(f"no {SHARED}: the real input is not on this machine")
    return SHARED


@pytest.fixture(scope="session")
def spark() -> Iterator[SparkSession]:
    """One session with Delta for all tests; clusters have tests of their own (tests/cluster)."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("SPARK_SUBMIT_OPTS", java_options.SHARED)
        session = get_session(Spark(master="local[2]", conf={"spark.sql.shuffle.partitions": 4}))
    yield session
    session.stop()
    # local-cluster leaves 171 MB an application there.
    shutil.rmtree(Path(pyspark.__file__).parent / "work", ignore_errors=True)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """A Chromium for the tests of a module."""
    # Most tests need no playwright.
    from browsers import chromium

    with chromium() as running:
        yield running
