"""The staging area, where a wave's output waits for its commit: a Delta conflict must not repeat a model's work.

If a stage runs a model and a wave replaces rows, the wave is evaluated exactly once and staged. The commit and its
retries read the staged rows. They are removed afterwards; if a run was killed, before the next wave is staged.
"""

from __future__ import annotations

import hashlib
import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from pyarrow.fs import FileSelector, FileType
from pyspark.sql import DataFrame, SparkSession

from jobs.lake.lake import Lake
from jobs.lake.location import NO_PATTERN, Location
from udfs.shards.uris import filesystem_and_path

# The place of the staging area below a lake's folder.
FOLDER = "_staging"


@contextmanager
def evaluated(spark: SparkSession, lake: Location, name: str, frame: DataFrame) -> Iterator[DataFrame]:
    """`frame`, evaluated once into the lake's staging area under `name` while the context is open."""
    if lake.is_catalog:
        table = lake.sql(table_name(name))
        frame.write.format("delta").mode("overwrite").option("overwriteSchema", "true").saveAsTable(table)
        yield spark.read.table(table)
        spark.sql(f"DROP TABLE {table}")
        return
    _clear(lake, f"{FOLDER}/{name}")
    # A folder of its own: a Spark Connect server may still be writing what a client asked of it that was killed.
    folder = f"{FOLDER}/{name}/{uuid.uuid4().hex[:8]}"
    frame.write.parquet(lake.spark(folder))
    yield spark.read.options(**NO_PATTERN).schema(frame.schema).parquet(lake.spark(folder))
    _clear(lake, folder)


def _clear(lake: Location, folder: str) -> None:
    filesystem, path = filesystem_and_path(lake.arrow(folder))
    # Nothing is there, or something is still being written into it; `maintain` removes what stays.
    with suppress(OSError):
        filesystem.delete_dir(path)


def table_name(name: str) -> str:
    """A staged table's name in characters that every catalog takes; names that differ only in others stay different."""
    plain = re.sub(r"[^A-Za-z0-9]", "_", name)
    return f"staging_{plain}_{hashlib.sha256(name.encode()).hexdigest()[:8]}"


@dataclass(frozen=True)
class Leftover:
    """Output of a wave that a killed run left behind: its name, and its size if that can be told."""

    name: str
    files: int | None
    bytes: int | None


def left_behind(lake: Lake) -> list[Leftover]:
    """The content of the staging area: while no run works, all of it was left behind."""
    if lake.at.is_catalog:
        tables = lake.spark.sql(f"SHOW TABLES IN {lake.at.schema} LIKE 'staging_*'").toArrow()["tableName"].to_pylist()
        return [Leftover(name, None, None) for name in sorted(tables) if re.fullmatch(r"staging_\w+_[0-9a-f]{8}", name)]
    filesystem, root = filesystem_and_path(lake.at.arrow(FOLDER))
    sizes: dict[str, list[int]] = {}
    for one in filesystem.get_file_info(FileSelector(root, recursive=True, allow_not_found=True)):
        name = one.path[len(root) :].strip("/").partition("/")[0]
        sizes.setdefault(name, []).extend([one.size] if one.type == FileType.File else [])
    return [Leftover(name, len(found), sum(found)) for name, found in sorted(sizes.items()) if found]


def remove(lake: Lake, leftover: Leftover) -> None:
    """Remove output that a killed run left behind."""
    if lake.at.is_catalog:
        lake.spark.sql(f"DROP TABLE IF EXISTS {lake.at.sql(leftover.name)}")
        return
    filesystem, path = filesystem_and_path(lake.at.arrow(f"{FOLDER}/{leftover.name}"))
    filesystem.delete_dir(path)
