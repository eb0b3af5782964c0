"""Keeps tables quick to read and small on disk: compaction, removal of files that no version needs, checkpoints.

In a local folder, and for the leases on S3, the deltalake library does this: it keeps the order of rows and needs no
JVM. Elsewhere SQL does it. No row changes, so each of these may be killed anywhere and started again.
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

# The intended bytes of a compacted file: a second's reading, so that counting still has tasks to share out.
TARGET: Final = 128 << 20
# So many small files of a partition are rewritten; together they fill one file at most.
MANY: Final = TARGET // SMALL
# Commits between two checkpoints, as in Spark: a reader goes through them one by one.
COMMITS: Final = 10


def fragmented(partitions: Sequence[Partition]) -> list[Partition]:
    """The partitions with many small files."""
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
    """Compact by Spark, into files of 1 GB, which Spark splits when it reads them."""

    def commit() -> None:
        chosen = " OR ".join(f"({spark_condition(one.where)})" for one in partitions if one.where)
        # The command runs at once. Its metrics are not fetched, because Arrow has no type for them.
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
    """Whether a table that the deltalake library writes needs a checkpoint; Spark makes its own."""
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
