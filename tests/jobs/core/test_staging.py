"""Waves are staged apart from what a run left that was killed, even if Spark still writes for it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pyarrow as pa
import pytest
from pyspark.sql import SparkSession

from jobs.core.staging import evaluated, left_behind
from jobs.lake.lake import Lake
from jobs.lake.location import parse

PATIENCE = 60  # s


def waiting(mine: Path, others: Path) -> Callable[[Iterable[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    """A task that puts down the file `mine` and gives its rows once the file `others` is there."""

    def task(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        mine.touch()
        deadline = time.monotonic() + PATIENCE
        while not others.exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        yield from batches

    return task


def test_beside_a_killed_run_that_spark_still_writes_for(spark: SparkSession, tmp_path: Path) -> None:
    lake = parse(str(tmp_path / "lake"))
    killed, new, over = (tmp_path / name for name in ("killed", "new", "over"))
    one = spark.range(0, 3, 1, 1).mapInArrow(waiting(killed, new), "id long")
    other = spark.range(10, 13, 1, 1).mapInArrow(waiting(new, over), "id long")

    def killed_run() -> None:
        # What it staged is never read, nor removed.
        try:
            evaluated(spark, lake, "captions-tiny", one).__enter__()
        finally:
            over.touch()

    with ThreadPoolExecutor(1) as pool:
        writes = pool.submit(killed_run)
        deadline = time.monotonic() + PATIENCE
        while not killed.exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        with evaluated(spark, lake, "captions-tiny", other) as rows:
            assert sorted(row.id for row in rows.collect()) == [10, 11, 12]
        writes.exception()


@pytest.mark.parametrize("killed", [False, True])
def test_nothing_stays_once_a_wave_is_committed(spark: SparkSession, tmp_path: Path, killed: bool) -> None:
    lake = Lake(spark, str(tmp_path / "lake"))
    if killed:
        evaluated(spark, lake.at, "captions-tiny", spark.range(3)).__enter__()
        assert [one.name for one in left_behind(lake)] == ["captions-tiny"]
    with evaluated(spark, lake.at, "captions-tiny", spark.range(5)) as rows:
        assert rows.count() == 5
    assert left_behind(lake) == []
