"""Passes stored rows to a task of the executors.

If the lake is a local or mounted folder, the task reads the table's files by itself, and their strings do not pass
through the JVM (udfs.stored_files). Elsewhere Spark reads them.
"""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa
from pyspark.sql import DataFrame

from jobs.core.frames import handed_out, spark_schema
from jobs.lake.lake import Lake
from udfs.stored_files import FilesTask, Task

# Samples of one Spark task: a second of one core, so that few cores are idle at the end of a wave.
PART_ROWS = 500_000


def map_stored(
    lake: Lake, table: str, rows: DataFrame, columns: Sequence[str], task: Task, schema: pa.Schema, samples: int
) -> DataFrame:
    """The output of `task` for `columns` of `rows` of `table`, about `samples` in number, as a frame of `schema`.

    `rows` is narrowed by partition and shard only. The task may also get rows of other shards in the same files.
    """
    if not lake.opens_files(table):
        return rows.select(*columns).mapInArrow(task, spark_schema(schema))
    files = sorted(map(_path, rows.inputFiles()))
    count = max(1, min(len(files), -(-samples // PART_ROWS)))
    parts = handed_out(lake.spark, "file", [files[part::count] for part in range(count)])
    return parts.mapInArrow(FilesTask(tuple(columns), task), spark_schema(schema))


def _path(file: str) -> str:
    """The path of a file in a local folder; `file` is Spark's name for it, with a scheme and without quoting."""
    return "/" + file.removeprefix("file:").lstrip("/")
