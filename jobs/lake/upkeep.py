"""What keeps tables quick to read and small on disk: compaction, removal of files that no version needs, checkpoints.

In a local folder by the deltalake library, which keeps the order of rows and needs no JVM; elsewhere by SQL, but for
the leases on S3. No row changes, so that each of these may end anywhere and begin again.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Final

from jobs.lake.lake import Lake, retry_conflicts
from jobs.lake.slices import spark_condition
from jobs.lake.small_tables import delta_table
from jobs.lake.table_files import SMALL, Partition, is_safe, vacuum_statement
from udfs.shards.uris import open_shard

# Bytes that a compacted file aims at: a second's reading, so that counting still has tasks to share out.
TARGET: Final = 128 << 20
# So many small files of a partition are worth rewriting: they fill one at most.
MANY: Final = TARGET // SMALL
# Commits between two checkpoints, as Spark has it: a reader goes through them one by one.
COMMITS: Final = 10


def fragmented(partitions: Sequence[Partition]) -> list[Partition]:
    """Those with many small files."""
    return [one for one in partitions if one.small >= MANY]


def compact(lake: Lake, name: str, partitions: Sequence[Partition]) -> None:
    """Put the rows of small files into few large ones."""
    if lake.by_library(name):
        for one in partitions:
            _compact_by_library(lake, name, one.where)
    elif partitions:
        _optimize(lake, name, partitions)


def _compact_by_library(lake: Lake, name: str, where: Mapping[str, str]) -> None:
    def commit() -> None:
        filters = [(column, "=", value) for column, value in where.items()]
        delta_table(lake.at, name).optimize.compact(filters or None, target_size=TARGET)

    retry_conflicts(commit)


def _optimize(lake: Lake, name: str, partitions: Sequence[Partition]) -> None:
    """By Spark; 1 GB a file, which it splits by itself when it reads."""

    def commit() -> None:
        chosen = " OR ".join(f"({spark_condition(one.where)})" for one in partitions if one.where)
        # A command runs at once; the metrics that it returns are no table of Arrow's.
        lake.spark.sql(f"OPTIMIZE {lake.at.sql(name)}" + (f" WHERE {chosen}" if chosen else ""))

    retry_conflicts(commit)


def vacuum(lake: Lake, name: str, hours: int | None) -> None:
    """Delete what `table_files.unreferenced` names: versions older than `hours` can no longer be read."""
    if lake.by_library(name):
        table = delta_table(lake.at, name)
        table.vacuum(hours, dry_run=False, enforce_retention_duration=is_safe(hours), full=True)
    else:
        lake.spark.sql(vacuum_statement(lake, name, hours))


def is_due(lake: Lake, name: str) -> bool:
    """Whether a table needs a checkpoint: where the deltalake library writes, as Spark sees to its own."""
    if not lake.by_library(name):
        return False
    newest = -1
    with (
        suppress(FileNotFoundError, ValueError),
        open_shard(lake.at.arrow(f"{name}/_delta_log/_last_checkpoint")) as file,
    ):
        newest = json.loads(file.read())["version"]
    return lake.version(name) - newest >= COMMITS


def checkpoint(lake: Lake, name: str) -> None:
    """Write a table's present state into its log, so that readers need not go through all commits."""
    delta_table(lake.at, name).create_checkpoint()
