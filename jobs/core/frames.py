"""Frames of work for executors, partitioned exactly: no hash skew, and nothing that AQE would merge."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.pandas.types import from_arrow_schema
from pyspark.sql.types import StructType

from jobs.core.ledger import Unit


def spark_schema(schema: pa.Schema) -> StructType:
    """The Spark schema of an executor task's record batches."""
    return from_arrow_schema(schema)


def one_task_each(spark: SparkSession, count: int) -> DataFrame:
    """Rows `id` 0 to count - 1, each in a partition of its own, in order."""
    return spark.range(0, count, 1, count)


def slots(spark: SparkSession) -> int:
    """How many tasks Spark runs at a time: the partitions that it makes of a range when nobody says how many."""
    parts = spark.range(1 << 20).select(F.spark_partition_id().alias("part"))
    last: int = parts.agg(F.max("part")).toArrow().column(0)[0].as_py()
    return last + 1


def in_parts(rows: DataFrame, units: Sequence[Unit], part_rows: int, together: Column | None = None) -> DataFrame:
    """Rows of the units' shards in partitions of about `part_rows` neighbours, in reading order.

    `rows` has `shard` and `ordinal`; a unit's work is how many ordinals its shard has. `together` is the ordinal of
    the row beside which a row must stay, as where something can only be read from its beginning; default: its own.
    """
    starts, total = [], 0
    for unit in units:
        starts.append((unit.shard, total))
        total += max(1, unit.work)
    first = F.broadcast(rows.sparkSession.createDataFrame(starts, "shard STRING, start LONG"))
    place = F.col("start") + (F.col("ordinal") if together is None else together)
    placed = rows.join(first, "shard").withColumn("part", F.floor(place / part_rows).cast("int"))
    return placed.repartitionById(-(-total // part_rows), "part").sortWithinPartitions("shard", "ordinal")
