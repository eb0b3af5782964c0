"""Passes stored rows to a task of the executors.

If the lake is a local or mounted folder, the task reads the table's files by itself, and their strings do not pass
through the JVM (udfs.stored_files). Elsewhere Spark reads them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pyarrow as pa

from jobs.core.frames import handed_out, of_shards, spark_schema
from jobs.lake.lake import Lake
from jobs.lake.slices import COMPARED, Slice, spark_condition
from jobs.lake.small_tables import Span
from udfs.stored_files import FilesTask, Task

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

# Samples of one Spark task: a second of one core, so that few cores are idle at the end of a wave.
PART_ROWS = 500_000


def map_stored(
    lake: Lake,
    table: str,
    partitions: Slice,
    shards: Sequence[str] | None,
    columns: Sequence[str],
    task: Task,
    schema: pa.Schema,
    samples: int,
) -> DataFrame:
    """The output of `task` for `columns` of the rows of these shards (None: all), about `samples` rows.

    The output is a frame of `schema`. The task may also get rows of other shards in the same files.
    """
    if not lake.opens_files(table):
        rows = lake.read(table).where(spark_condition(partitions))
        rows = rows if shards is None else of_shards(rows, shards)
        return rows.select(*columns).mapInArrow(task, spark_schema(schema))
    files = [span.path for span in lake.spans(table, partitions) if may_hold(span, shards)]
    count = max(1, min(len(files), -(-samples // PART_ROWS)))
    parts = handed_out(lake.spark, "file", [files[part::count] for part in range(count)])
    return parts.mapInArrow(FilesTask(tuple(columns), task), spark_schema(schema))


def may_hold(span: Span, shards: Sequence[str] | None) -> bool:
    """Whether a file may have rows of some of these shards (None: of any); of many shards the bounds are compared."""
    if shards is None:
        return True
    if len(shards) > COMPARED:
        return span.first <= max(shards) and span.last >= min(shards)
    return any(span.first <= shard <= span.last for shard in shards)
