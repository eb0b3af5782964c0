"""Where a wave's output waits for its commit: a model's work must not be done again for a Delta conflict.

Waves of stages that hold a model and that replace rows are written down first, evaluated exactly once; the commit and
its retries read that. It is removed afterwards, and overwritten by the next wave where a run was killed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from pyspark.sql import DataFrame, SparkSession

from jobs.core.reading import is_catalog, table_path
from udfs.shards.uris import filesystem_and_path


@contextmanager
def evaluated(spark: SparkSession, lake: str, name: str, frame: DataFrame) -> Iterator[DataFrame]:
    """`frame`, evaluated once into the lake's staging area under `name` while the context is open."""
    if is_catalog(lake):
        table = f"{lake}.staging_{re.sub(r'[^A-Za-z0-9]', '_', name)}"
        frame.write.format("delta").mode("overwrite").option("overwriteSchema", "true").saveAsTable(table)
        yield spark.read.table(table)
        spark.sql(f"DROP TABLE {table}")
        return
    folder = table_path(lake, f"_staging/{name}")
    frame.write.mode("overwrite").parquet(folder)
    yield spark.read.schema(frame.schema).parquet(folder)
    filesystem, path = filesystem_and_path(folder)
    filesystem.delete_dir(path)
