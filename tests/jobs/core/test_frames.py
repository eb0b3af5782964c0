"""Rows in partitions: full ones whatever the shards' sizes, in reading order, and together what is read together."""

from __future__ import annotations

from typing import Any

from pyspark.sql import functions as F

from jobs.core.frames import in_parts, slots
from jobs.lake.ledger import Unit
from jobs.stages.images import _together


def parts(spark: Any, sizes: dict[str, int], part_rows: int, **options: Any) -> list[list[tuple[str, int]]]:
    """The (shard, ordinal) of each partition that has any."""
    rows = [(shard, ordinal) for shard, size in sizes.items() for ordinal in range(size)]
    frame = spark.createDataFrame(rows[::-1], "shard STRING, ordinal LONG")
    units = [Unit(shard, "f", work=size) for shard, size in sizes.items()]
    placed = in_parts(frame, units, part_rows, **options).withColumn("partition", F.spark_partition_id())
    found: dict[int, list[tuple[str, int]]] = {}
    for row in placed.select("partition", "shard", "ordinal").collect():
        found.setdefault(row.partition, []).append((row.shard, row.ordinal))
    assert sorted(sum(found.values(), [])) == sorted(rows)
    return [found[at] for at in sorted(found)]


def test_small_shards_share_a_partition_and_large_ones_are_cut(spark: Any) -> None:
    found = parts(spark, {"a": 3, "b": 2, "c": 9}, 5)
    assert [len(part) for part in found] == [5, 5, 4]
    assert found[0] == [("a", 0), ("a", 1), ("a", 2), ("b", 0), ("b", 1)]
    assert found[1] == [("c", at) for at in range(5)]


def test_rows_that_are_read_together_stay_together(spark: Any) -> None:
    group = F.col("ordinal") - F.col("ordinal") % 4
    found = parts(spark, {"a": 10, "b": 4}, 3, together=group)
    where = {row: number for number, part in enumerate(found) for row in part}
    for first in (0, 4, 8):
        assert len({where["a", at] for at in range(first, min(first + 4, 10))}) == 1
    assert len({where["b", at] for at in range(4)}) == 1


def test_a_tar_gz_and_a_row_group_are_read_together(spark: Any) -> None:
    places = [
        ("tar.gz", None, None, 7, 0),
        ("tar", None, None, 7, 7),
        ("parquet", 1, 2, 7, 5),
        ("parquet:jpg", 0, 7, 7, 0),
        (None, None, None, 7, 7),
    ]
    images = [((layout, group, row) if layout else None, ordinal) for layout, group, row, ordinal, _ in places]
    frame = spark.createDataFrame(images, "image STRUCT<layout STRING, row_group INT, row INT>, ordinal LONG")
    assert [row[0] for row in frame.select(_together()).collect()] == [first for *_, first in places]


def test_slots_are_the_tasks_at_a_time(spark: Any) -> None:
    assert slots(spark) == spark.sparkContext.defaultParallelism
