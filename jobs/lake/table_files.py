"""The files of a table: their number and size by partition, those that no version needs, and all stored files.

The deltalake library answers if it can open the lake; otherwise SQL does, which every session and catalog understands.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import unquote, urlsplit

import pyarrow as pa
from pyarrow.fs import FileSelector, FileType

from jobs.lake import small_tables
from jobs.lake.lake import Lake
from jobs.lake.tables import TABLES
from udfs.shards.uris import filesystem_and_path

# Files below this size are small: opening one takes as long as reading it.
SMALL: Final = 32 << 20
# For so many hours Delta keeps files for readers of older versions, unless the table's property differs.
DELTAS_HOURS: Final = 168


@dataclass(frozen=True)
class Partition:
    """The files of one partition of a table; `where` is empty for a table without partitions."""

    where: Mapping[str, str]
    files: int
    small: int
    bytes: int


def partitions(lake: Lake, name: str) -> list[Partition]:
    """The partitions of a table that have files."""
    by = TABLES[name].partitioned_by
    sizes: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for *values, size in zip(*_sizes(lake, name, by), strict=True):
        sizes[tuple(values)].append(size)
    return [
        Partition(dict(zip(by, values, strict=True)), len(found), sum(size < SMALL for size in found), sum(found))
        for values, found in sizes.items()
    ]


def _sizes(lake: Lake, name: str, by: Sequence[str]) -> list[list[Any]]:
    """The columns of the partition, then bytes, of each file of the table's newest version."""
    if lake.opens:
        added = pa.table(small_tables.delta_table(lake.at, name).get_add_actions(flatten=True))
        # Without files there are no partition columns.
        columns = [*(f"partition.{column}" for column in by), "size_bytes"] if added.num_rows else []
        return [added[column].to_pylist() for column in columns]
    file = ("_metadata.file_path", "_metadata.file_size AS bytes")
    # Only the number of rows is read.
    found = lake.read(name).selectExpr(*(f"`{column}`" for column in by), *file).distinct().toArrow()
    return [found[column].to_pylist() for column in (*by, "bytes")]


def unreferenced(lake: Lake, name: str, hours: int | None) -> list[str]:
    """The names of files that no version of the last `hours` needs (None: the table's own property, else Delta's 168).

    Files that were written but never committed are among them. Spark names at most 1,000, and takes a minute for it if
    spark.sql.sources.parallelPartitionDiscovery.parallelism is 10,000, its default.
    """
    if lake.opens:
        table = small_tables.delta_table(lake.at, name)
        paths = table.vacuum(hours, dry_run=True, enforce_retention_duration=is_safe(hours), full=True)
    else:
        found = lake.spark.sql(f"{vacuum_statement(lake, name, hours)} DRY RUN").toArrow()
        paths = [unquote(urlsplit(path).path) for path in found["path"].to_pylist()]
    return [path.rpartition("/")[2] for path in paths]


def is_safe(hours: int | None) -> bool:
    """Whether this retention keeps every version that Delta promises to readers."""
    return hours is None or hours >= DELTAS_HOURS


def vacuum_statement(lake: Lake, name: str, hours: int | None) -> str:
    """The SQL statement that deletes the files that `unreferenced` names."""
    return f"VACUUM {lake.at.sql(name)}" + ("" if hours is None else f" RETAIN {hours} HOURS")


def stored(lake: Lake, name: str) -> dict[str, int] | None:
    """The bytes of every file beside a table's log, by name; None if the files are out of reach."""
    try:
        filesystem, root = filesystem_and_path(_folder(lake, name))
        infos = filesystem.get_file_info(FileSelector(root, recursive=True))
    except (OSError, ValueError):
        return None
    log = f"{root.rstrip('/')}/_delta_log/"
    return {one.base_name: one.size for one in infos if one.type == FileType.File and not one.path.startswith(log)}


def _folder(lake: Lake, name: str) -> str:
    """The path or URI of a table's files; a catalog is asked for it."""
    if not lake.at.is_catalog:
        return lake.at.arrow(name)
    described = lake.spark.sql(f"DESCRIBE DETAIL {lake.at.sql(name)}").select("location").toArrow()
    return str(described["location"][0].as_py())
