"""Shards in parts: neighbours by name, about equal work, and nothing in a task that grows with them."""

from __future__ import annotations

from typing import Any

from pyspark.sql import functions as F

from jobs.core.frames import of_shards
from jobs.core.packing import FEWEST, MOST, OPENING, pack, packed, work
from jobs.lake.ledger import Unit


def units(*sizes: int) -> list[Unit]:
    return [Unit(f"{number:04}", "f", work=size) for number, size in enumerate(sizes)]


def test_parts_are_neighbours_of_about_one_size_the_largest_first() -> None:
    parts = pack(units(2, 2, 2, 9, 1, 1)[::-1], size=5)
    assert [[unit.shard for unit in part] for part in parts] == [["0003"], ["0000", "0001"], ["0002"], ["0004", "0005"]]


def test_a_thousand_tiny_shards_are_a_few_parts(spark: Any) -> None:
    tiny = units(*[work(200)] * 1_000)
    parts = packed(spark, tiny).withColumn("part", F.spark_partition_id()).toArrow()
    sizes = parts.group_by("part").aggregate([("shard", "count")])["shard_count"].to_pylist()
    assert sorted(parts["shard"].to_pylist()) == [unit.shard for unit in tiny]
    assert max(sizes) * OPENING <= MOST and len(sizes) <= 1_000 * work(200) / (MOST - 2 * OPENING) + 1
    # A few shards are one task: to begin another would take longer.
    assert packed(spark, tiny[: FEWEST // OPENING // 2]).select(F.spark_partition_id()).distinct().count() == 1


def test_what_is_compiled_does_not_grow_with_the_shards(spark: Any) -> None:
    def plan(count: int) -> str:
        rows = spark.range(10).select(F.col("id").cast("string").alias("shard"))
        frames = (of_shards(rows, [f"{number:06}" for number in range(count)]), packed(spark, units(*[1] * count)))
        return "".join(frame._jdf.queryExecution().executedPlan().toString() for frame in frames)

    assert abs(len(plan(20_000)) - len(plan(200))) < 200
