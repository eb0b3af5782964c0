"""Frames of work for executors, partitioned exactly: no hash skew, and nothing that AQE would merge."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.pandas.types import from_arrow_schema
from pyspark.sql.types import StructType

from jobs.lake.ledger import Unit
from jobs.lake.slices import COMPARED

# Executors may come while a session is young: more tasks than there are slots yet.
AT_LEAST = 16


def spark_schema(schema: pa.Schema) -> StructType:
    """The Spark schema of an executor task's record batches."""
    return from_arrow_schema(schema)


def one_task_each(spark: SparkSession, count: int) -> DataFrame:
    """Rows `id` 0 to count - 1, each in a partition of its own, in order."""
    return spark.range(0, count, 1, count)


def handed_out(spark: SparkSession, column: str, parts: Sequence[Sequence[str]]) -> DataFrame:
    """Texts as rows of a column, each of `parts` in a partition of its own, in order.

    A task is handed its own part only, and its function is pickled without them.
    """
    numbers = np.repeat(np.arange(len(parts), dtype=np.int32), [len(part) for part in parts])
    texts = pa.array([text for part in parts for text in part], pa.string())
    rows = spark.createDataFrame(pa.table({"part": numbers, column: texts}))
    # One part needs no shuffle.
    placed = rows.repartitionById(len(parts), "part") if len(parts) > 1 else rows.coalesce(1)
    return placed.select(column)


def one_task_everywhere(spark: SparkSession) -> DataFrame:
    """A task for each slot, and some more: Spark fills the slots that are free, so that every executor has one."""
    return one_task_each(spark, max(AT_LEAST, slots(spark)))


def slots(spark: SparkSession) -> int:
    """How many tasks Spark runs at a time: the partitions that it makes of a range when nobody says how many."""
    parts = spark.range(1 << 20).select(F.spark_partition_id().alias("part"))
    last: int = parts.agg(F.max("part")).toArrow().column(0)[0].as_py()
    return last + 1


def of_shards(rows: DataFrame, shards: Sequence[str]) -> DataFrame:
    """The rows of these shards, as `rows` has `shard`.

    Names of many shards are handed over as rows, beside the bounds that let whole files be left out: what is compiled
    for each task does not grow with them.
    """
    if len(shards) <= COMPARED:
        return rows.where(F.col("shard").isin(list(shards)))
    names = rows.sparkSession.createDataFrame(pa.table({"shard": pa.array(shards, pa.string())}))
    bounded = rows.where(F.col("shard").between(min(shards), max(shards)))
    return bounded.join(F.broadcast(names), "shard", "left_semi")


def in_parts(rows: DataFrame, units: Sequence[Unit], part_rows: int, together: Column | None = None) -> DataFrame:
    """Rows of the units' shards in partitions of about `part_rows` neighbours, in reading order.

    `rows` has `shard` and `ordinal`; a unit's work is how many ordinals its shard has. `together` is the ordinal of
    the row beside which a row must stay, as where something can only be read from its beginning; default: its own.
    """
    sizes = np.maximum([unit.work for unit in units], 1)
    ends = np.cumsum(sizes)
    starts = pa.table({"shard": [unit.shard for unit in units], "start": ends - sizes})
    first = F.broadcast(rows.sparkSession.createDataFrame(starts))
    place = F.col("start") + (F.col("ordinal") if together is None else together)
    placed = rows.join(first, "shard").withColumn("part", F.floor(place / part_rows).cast("int"))
    parts = -(-int(ends[-1]) // part_rows)
    return placed.repartitionById(parts, "part").sortWithinPartitions("shard", "ordinal")
