"""Files of postings are sorted by key, so that readers skip what they are not asked for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
import tiny

from jobs.core import writer

THRESHOLD = "spark.shuffle.spill.numElementsForceSpillThreshold"
SHARDS = 40


@contextmanager
def spilling(spark: Any, rows: int) -> Iterator[None]:
    """Sorts of Spark that go to disk after so many rows, as if these filled the memory."""
    conf = spark._jvm.org.apache.spark.SparkEnv.get().conf()
    conf.set(THRESHOLD, str(rows))
    try:
        yield
    finally:
        conf.remove(THRESHOLD)


def files(lake: str) -> list[list[tuple[str, str]]]:
    """The keys and shards of each file of postings; no key is the empty text."""
    found = [pq.read_table(path, columns=["key", "shard"]) for path in sorted(Path(lake).glob("postings/**/*.parquet"))]
    return [[(row["key"] or "", row["shard"]) for row in table.to_pylist()] for table in found]


def test_spark_keeps_the_order_of_rows_that_fill_the_memory(
    spark: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "FEW_SAMPLES", 0)
    tiny.corpus(tmp_path / "corpus", [[f"a dog and a cat {one}", "a tiger on a bicycle"] for one in range(SHARDS)])
    settings = tiny.settings_dict(tmp_path)
    with spilling(spark, 7):
        assert tiny.run_here(spark, settings).complete
    (rows,) = files(settings["lake"])
    # No key, and four of each shard.
    assert len(rows) == 5 * SHARDS and rows == sorted(rows)
