"""Shards in the parts that executors read: neighbours by name, packed by size.

A task and a file cost some 0.2 s each, whatever their size, and tables of many small files are slow to read. Shards are
passed as rows, so the code that is compiled and pickled for a task is the same for ten shards and for a million.
"""

from __future__ import annotations

from collections.abc import Sequence

from pyspark.sql import DataFrame, SparkSession

from jobs.core.frames import handed_out, slots
from jobs.lake.ledger import Unit

# The cost of opening a shard, in bytes read in the same time: 1 ms of a disk, much more of an object store.
OPENING = 1 << 20
# Bytes of a part, with the cost of opening its shards. A part is as large as possible with `PARTS` per slot in a wave.
FEWEST, MOST = 16 << 20, 128 << 20
PARTS = 2


def work(size: int) -> int:
    """The work of reading a shard of `size` bytes, in bytes."""
    return size + OPENING


def packed(spark: SparkSession, units: Sequence[Unit]) -> DataFrame:
    """The names of the units' shards, as column `shard`, in partitions of about equal work; the largest come first."""
    total = sum(unit.work for unit in units)
    # Asking for the slots takes a Spark job.
    share = total // (PARTS * slots(spark)) if total > FEWEST else FEWEST
    parts = pack(units, min(max(share, FEWEST), MOST))
    return handed_out(spark, "shard", [[unit.shard for unit in part] for part in parts])


def pack(units: Sequence[Unit], size: int) -> list[list[Unit]]:
    """The units by name, in parts of neighbours that end when they reach `size`; the largest parts come first."""
    parts: list[list[Unit]] = [[]]
    filled = 0
    for unit in sorted(units, key=lambda unit: unit.shard):
        if parts[-1] and filled + unit.work > size:
            parts.append([])
            filled = 0
        parts[-1].append(unit)
        filled += unit.work
    return sorted(parts, key=lambda part: -sum(unit.work for unit in part))
