"""Where a wave's output waits for its commit: a model's work must not be done again for a Delta conflict.

Waves of stages that hold a model and that replace rows are written down first, evaluated exactly once; the commit and
its retries read that. It is removed afterwards, and overwritten by the next wave where a run was killed.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from contextlib import contextmanager

from pyspark.sql import DataFrame, SparkSession

from jobs.lake.location import NO_PATTERN, Location
from udfs.shards.uris import filesystem_and_path


@contextmanager
def evaluated(spark: SparkSession, lake: Location, name: str, frame: DataFrame) -> Iterator[DataFrame]:
    """`frame`, evaluated once into the lake's staging area under `name` while the context is open."""
    if lake.is_catalog:
        table = lake.sql(_table_name(name))
        frame.write.format("delta").mode("overwrite").option("overwriteSchema", "true").saveAsTable(table)
        yield spark.read.table(table)
        spark.sql(f"DROP TABLE {table}")
        return
    folder = f"_staging/{name}"
    frame.write.mode("overwrite").parquet(lake.spark(folder))
    yield spark.read.options(**NO_PATTERN).schema(frame.schema).parquet(lake.spark(folder))
    filesystem, path = filesystem_and_path(lake.arrow(folder))
    filesystem.delete_dir(path)


def _table_name(name: str) -> str:
    """A name that every catalog takes; two corpora may differ in nothing but other characters."""
    plain = re.sub(r"[^A-Za-z0-9]", "_", name)
    return f"staging_{plain}_{hashlib.sha256(name.encode()).hexdigest()[:8]}"
