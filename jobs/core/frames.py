"""Frames of work for executors, partitioned exactly: no hash skew, and no partitions that AQE would merge."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from jobs.lake.ledger import Unit
from jobs.lake.slices import COMPARED

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame, SparkSession
    from pyspark.sql.types import StructType

# There are more tasks than slots, because executors may still join while a session is young.
AT_LEAST = 16


def spark_schema(schema: pa.Schema) -> StructType:
    """The Spark schema of an executor task's record batches."""
    from pyspark.sql.pandas.types import from_arrow_schema

    return from_arrow_schema(schema)


def one_task_each(spark: SparkSession, count: int) -> DataFrame:
    """Rows `id` 0 to count - 1, each in a partition of its own, in order."""
    return spark.range(0, count, 1, count)


def handed_out(spark: SparkSession, column: str, parts: Sequence[Sequence[str]]) -> DataFrame:
    """Texts as rows of a column, each of `parts` in a partition of its own, in order.

    A task gets only its own part, and its function is pickled without the texts.
    """
    numbers = np.repeat(np.arange(len(parts), dtype=np.int32), [len(part) for part in parts])
    texts = pa.array([text for part in parts for text in part], pa.string())
    rows = spark.createDataFrame(pa.table({"part": numbers, column: texts}))
    # One part needs no shuffle.
    placed = rows.repartitionById(len(parts), "part") if len(parts) > 1 else rows.coalesce(1)
    return placed.select(column)


def one_task_everywhere(spark: SparkSession) -> DataFrame:
    """A task for each slot, and some more: Spark fills free slots, so every executor gets at least one task."""
    return one_task_each(spark, max(AT_LEAST, slots(spark)))


def slots(spark: SparkSession) -> int:
    """The number of tasks that Spark runs at a time: by default it divides a range into so many partitions."""
    from pyspark.sql import functions as F

    parts = spark.range(1 << 20).select(F.spark_partition_id().alias("part"))
    last: int = parts.agg(F.max("part")).toArrow().column(0)[0].as_py()
    return last + 1


def of_shards(rows: DataFrame, shards: Sequence[str]) -> DataFrame:
    """The rows of these shards; `rows` has the column `shard`.

    Many shards' names are passed as rows, so the code that each task compiles does not grow with their number. The
    bounds of the names allow Spark to skip whole files.
    """
    from pyspark.sql import functions as F

    if len(shards) <= COMPARED:
        return rows.where(F.col("shard").isin(list(shards)))
    names = rows.sparkSession.createDataFrame(pa.table({"shard": pa.array(shards, pa.string())}))
    bounded = rows.where(F.col("shard").between(min(shards), max(shards)))
    return bounded.join(F.broadcast(names), "shard", "left_semi")


def in_parts(rows: DataFrame, units: Sequence[Unit], part_rows: int, together: Column | None = None) -> DataFrame:
    """Rows of the units' shards in partitions of about `part_rows` neighbours, in reading order.

    `rows` has `shard` and `ordinal`; a unit's work is the number of ordinals of its shard. `together` is the ordinal of
    the row with which a row must stay, for example if a file can only be read from its beginning; default: its own.
    """
    from pyspark.sql import functions as F

    sizes = np.maximum([unit.work for unit in units], 1)
    ends = np.cumsum(sizes)
    parts = -(-int(ends[-1]) // part_rows)
    if parts == 1:
        # Neither a join nor a shuffle is needed, which take 0.3 s.
        return rows.coalesce(1).sortWithinPartitions("shard", "ordinal")
    starts = pa.table({"shard": [unit.shard for unit in units], "start": ends - sizes})
    first = F.broadcast(rows.sparkSession.createDataFrame(starts))
    place = F.col("start") + (F.col("ordinal") if together is None else together)
    placed = rows.join(first, "shard").withColumn("part", F.floor(place / part_rows).cast("int"))
    return placed.repartitionById(parts, "part").sortWithinPartitions("shard", "ordinal")
