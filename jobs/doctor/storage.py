"""Checks the lake's storage by writing to it: Spark, Arrow and the deltalake library must see each other's output.

All output goes into the staging area and is removed again; if this is killed, `maintain` removes it. No lake is begun
if there is none yet.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import PurePosixPath

import pyarrow as pa
from deltalake import write_deltalake
from pyarrow.fs import FileSelector, FileType
from pyspark.sql import SparkSession

from jobs.core import reach, staging
from jobs.doctor.clocks import look_at_store
from jobs.doctor.findings import Finding, tried
from jobs.errors import ConceptfreqError
from jobs.lake.lake import Lake
from jobs.lake.location import NO_PATTERN, Location
from jobs.lake.small_tables import delta_table
from jobs.lake.tables import TABLES
from jobs.settings.settings import Settings
from udfs.shards.uris import filesystem_and_path

ACCESS = "give it access (docs/lakes.md lists the way for each library)"
MARK = "conceptfreq"
BY_SPARK = "lake, by Spark"


def look(spark: SparkSession, settings: Settings) -> Iterator[Finding]:
    """Findings about the lake's tables, then about its storage and the storage's clock."""
    lake = Lake(spark, settings.lake)
    reached = tried("lake", lambda: _reached(lake))
    yield reached
    if reached.well and lake.at.is_catalog:
        yield from _in_catalog(spark, lake.at, settings.lease_seconds)
    elif reached.well:
        with _nothing_begun(lake.at):
            yield from _in_folder(spark, lake.at, settings.lease_seconds)


def _reached(lake: Lake) -> str:
    with _nothing_begun(lake.at):
        reach.check(lake.spark, lake.at)
    there = [name for name in TABLES if lake.exists(name)]
    return f"{lake.at}: {len(there) or 'no'} tables{'' if there else ' yet: the first run creates them'}"


@contextmanager
def _nothing_begun(location: Location) -> Iterator[None]:
    """Remove the folders of a lake that are created while the context is open, if they are empty."""
    if location.is_catalog:
        yield
        return
    absent: list[str] = []
    # If the storage cannot be read, nothing will be made there; the checks report that.
    with suppress(OSError, ValueError):
        filesystem, path = filesystem_and_path(location.arrow(staging.FOLDER))
        folders = [str(one) for one in (PurePosixPath(path), *PurePosixPath(path).parents) if one.name]
        absent = [one for one in folders if filesystem.get_file_info(one).type == FileType.NotFound]
    try:
        yield
    finally:
        for one in absent:
            with suppress(OSError):
                if not filesystem.get_file_info(FileSelector(one)):
                    filesystem.delete_dir(one)


def _in_catalog(spark: SparkSession, location: Location, lease_seconds: float) -> Iterator[Finding]:
    if not spark.catalog.databaseExists(location.schema):
        yield Finding(
            BY_SPARK, True, "there is no such schema yet: the first run creates it, which was not tried", doubtful=True
        )
        return
    table = staging.table_name(_name())
    yield from _by_spark(spark, location, table, lease_seconds)
    spark.sql(f"DROP TABLE IF EXISTS {location.sql(table)}")


def _in_folder(spark: SparkSession, location: Location, lease_seconds: float) -> Iterator[Finding]:
    folder = f"{staging.FOLDER}/{_name()}"
    written = tried("lake, by Arrow", lambda: _write_by_arrow(spark, location, folder), ACCESS)
    yield written
    # Otherwise the output of Spark could not be removed.
    if written.well:
        yield from _by_spark(spark, location, f"{folder}/table", lease_seconds)
    removed = tried("lake, cleaned up", lambda: _remove(location, folder), f"remove {location.arrow(folder)}")
    if written.well and not removed.well:
        yield removed


def _name() -> str:
    return f"doctor-{uuid.uuid4().hex[:8]}"


def _remove(location: Location, folder: str) -> str:
    filesystem, path = filesystem_and_path(location.arrow(folder))
    filesystem.delete_dir(path)
    return "nothing is left"


def _write_by_arrow(spark: SparkSession, location: Location, folder: str) -> str:
    filesystem, path = filesystem_and_path(location.arrow(folder))
    filesystem.create_dir(path, recursive=True)
    with filesystem.open_output_stream(f"{path}/{MARK}.txt") as stream:
        stream.write(MARK.encode())
    read = spark.read.options(**NO_PATTERN).text(location.spark(f"{folder}/{MARK}.txt")).toArrow()
    if read["value"].to_pylist() != [MARK]:
        raise ConceptfreqError(f"Spark does not see what the driver writes: {reach.ELSEWHERE}")
    return "a file is written, and Spark reads it"


def _by_spark(spark: SparkSession, location: Location, table: str, lease_seconds: float) -> Iterator[Finding]:
    """Findings about a table that Spark makes and the deltalake library opens, and about the time of its files."""
    earliest = time.time()
    committed = tried(BY_SPARK, lambda: _commit(spark, location, table))
    latest = time.time()
    yield committed
    if not committed.well:
        return
    detail = spark.sql(f"DESCRIBE DETAIL {location.sql(table)}").select("lastModified").toArrow()
    yield look_at_store(detail["lastModified"][0].as_py(), earliest, latest, lease_seconds)
    if location.deltalake(table):
        opened = tried("lake, by deltalake", lambda: _by_deltalake(spark, location, table), ACCESS)
        # On S3 this library writes the leases. Other buckets it only reads, and Spark can do that instead.
        needed = location.folder or location.is_s3
        yield opened if needed else replace(opened, well=True, doubtful=not opened.well)


def _commit(spark: SparkSession, location: Location, table: str) -> str:
    writer = spark.createDataFrame([(MARK,)], "mark STRING").write.format("delta")
    if location.is_catalog:
        writer.saveAsTable(location.sql(table))
    else:
        writer.save(location.spark(table))
    return "a Delta commit is made; the table is removed again"


def _by_deltalake(spark: SparkSession, location: Location, table: str) -> str:
    found = delta_table(location, table)
    if not (location.folder or location.is_s3):
        return f"the commit is seen (version {found.version()})"
    write_deltalake(found, pa.table({"mark": [MARK]}), mode="append")
    if spark.read.table(location.sql(table)).count() != 2:
        raise ConceptfreqError(f"Spark does not see what the deltalake library writes: {reach.ELSEWHERE}")
    return "the commit is seen, and Spark sees another one made here"
