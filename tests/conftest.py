"""Fixtures that every test may use."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyspark
import pytest
from pyspark.sql import SparkSession

from jobs.core.session import get_session
from jobs.settings.settings import Spark

# The JVMs of tests live for seconds: the first of Java's two compilers takes half of the processor time that both do
# (16 s instead of 31 for a session that counts a tiny corpus three times). The one of the fixture `spark` lives long.
# Java's serial collector takes 40 s less of 250 than the parallel one on two cores. `make test` has the archive made.
LONG_LIVED = "-XX:+UseSerialGC"
CLASSES = Path(sys.prefix) / "test-classes.jsa"
if CLASSES.exists():
    LONG_LIVED += f" -Xlog:disable -XX:SharedArchiveFile={CLASSES}"
os.environ.setdefault("SPARK_SUBMIT_OPTS", f"{LONG_LIVED} -XX:TieredStopAtLevel=1")

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
        patched.setenv("SPARK_SUBMIT_OPTS", LONG_LIVED)
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
