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


def in_parts(rows: DataFrame, units: Sequence[Unit], part_rows: int, whole: Column | None = None) -> DataFrame:
    """Rows of the units' shards in partitions of at most `part_rows` neighbours of one shard, in reading order.

    `rows` has `shard` and `ordinal`; a unit's work is how many ordinals its shard has. Rows for which `whole` holds
    stay in one partition a shard: of a .tar.gz only one pass can be made.
    """
    starts, parts = [], 0
    for unit in units:
        starts.append((unit.shard, parts))
        parts += max(1, -(-unit.work // part_rows))
    first = F.broadcast(rows.sparkSession.createDataFrame(starts, "shard STRING, first_part INT"))
    part = F.floor(F.col("ordinal") / part_rows).cast("int")
    if whole is not None:
        part = F.when(whole, F.lit(0)).otherwise(part)
    placed = rows.join(first, "shard").withColumn("part", F.col("first_part") + part)
    return placed.repartitionById(parts, "part").sortWithinPartitions("shard", "ordinal")
