"""The small tables of a lake (ledger, leases, specs, counts: O(shards + concepts) rows) without Spark.

In a local folder they are read and written by the deltalake library, so that looking at results takes a second and no
JVM, and a ledger entry 20 ms. Elsewhere the session does it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc
from deltalake import DeltaTable, write_deltalake
from pyarrow.fs import LocalFileSystem, SubTreeFileSystem

from jobs.core.errors import LakeVersion
from jobs.core.slices import Slice, delta_condition
from jobs.core.tables import SCHEMA_VERSION, TABLES

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

VERSION_PROPERTY = "conceptfreq.schema_version"


def is_catalog(location: str) -> bool:
    """Whether a lake's location is `catalog.schema` rather than a folder or URI."""
    return re.fullmatch(r"\w+\.\w+", location) is not None


def local_folder(location: str) -> Path | None:
    """The folder of a lake that lies in a local one, else None."""
    if location.startswith("file:"):
        return Path(re.sub("^file:/*", "/", location))
    return None if is_catalog(location) or "://" in location else Path(location).absolute()


def table_address(location: str, name: str) -> str:
    """How SQL names a table of the lake."""
    return f"{location}.{name}" if is_catalog(location) else f"delta.`{table_path(location, name)}`"


def table_path(location: str, name: str) -> str:
    """The folder or URI of a table in a lake that is not a catalog."""
    folder = local_folder(location)
    return str(folder / name) if folder else f"{location.rstrip('/')}/{name}"


def rows(
    location: str, name: str, spark: SparkSession | None = None, columns: list[str] | None = None, **equals: Any
) -> list[dict[str, Any]]:
    """Rows of a small table as dictionaries, those whose columns equal `equals`; none where it was never written.

    `spark` is needed for lakes that are not in a local folder.
    """
    folder = local_folder(location)
    table = _local(folder / name, name, columns, equals) if folder else _remote(spark, location, name, columns, equals)
    return table.to_pylist(maps_as_pydicts="strict")


def columns(location: str, name: str, names: Sequence[str], spark: SparkSession | None = None) -> list[list[Any]]:
    """Columns of a small table, each as a list; empty ones where it was never written.

    Half a million rows take a third of the time that dictionaries take. `spark` as in `rows`.
    """
    folder = local_folder(location)
    wanted = list(names)
    table = _local(folder / name, name, wanted, {}) if folder else _remote(spark, location, name, wanted, {})
    return [table.column(column).to_pylist() for column in wanted]


def local_properties(location: str, name: str) -> dict[str, str] | None:
    """The properties of a table in a local folder, None where there is no table."""
    path = table_path(location, name)
    return DeltaTable(path).metadata().configuration if DeltaTable.is_deltatable(path) else None


def local_version(location: str, name: str) -> int:
    """The newest Delta version of a table in a local folder."""
    return int(DeltaTable(table_path(location, name)).version())


def write_rows(location: str, name: str, where: Slice, rows: Sequence[Mapping[str, Any]]) -> None:
    """Put rows in the place of a slice of a table in a local folder, in one commit.

    Raises deltalake.exceptions.CommitFailedError where another commit came between.
    """
    table = DeltaTable(table_path(location, name))
    schema = pa.schema(table.schema().to_arrow())
    data = pa.Table.from_pylist([{key: row.get(key) for key in schema.names} for row in rows], schema=schema)
    write_deltalake(table, data, mode="overwrite", predicate=delta_condition(where))


def write_arrow(location: str, name: str, where: Slice, data: pa.Table) -> None:
    """`write_rows` with an Arrow table that has the table's columns."""
    table = DeltaTable(table_path(location, name))
    schema = pa.schema(table.schema().to_arrow())
    write_deltalake(table, data.cast(schema), mode="overwrite", predicate=delta_condition(where))


def distinct(
    location: str, name: str, columns: Sequence[str], spark: SparkSession | None = None
) -> set[tuple[Any, ...]]:
    """The different values of some columns together, as tuples; none where the table was never written.

    `spark` is needed for lakes that are not in a local folder.
    """
    folder, names = local_folder(location), list(columns)
    if folder:
        found = _local(folder / name, name, names, {}).group_by(names).aggregate([])
    else:
        found = _frame(spark, location, name).select(*names).distinct().toArrow()
    return set(zip(*(found[column].to_pylist() for column in names), strict=True))


def check_version(location: str, name: str, properties: dict[str, str]) -> None:
    """Refuse a table that another release wrote, by name."""
    found = properties.get(VERSION_PROPERTY)
    if found == str(SCHEMA_VERSION):
        return
    advice = "use the newer release that wrote it"
    if found is None or not found.isdigit() or int(found) < SCHEMA_VERSION:
        advice = "no release of conceptfreq wrote it: name another folder as the lake"
    raise LakeVersion(
        f"{location}: table {name} has schema version {found}, this release reads {SCHEMA_VERSION}; {advice}"
    )


def _local(path: Path, name: str, columns: list[str] | None, equals: dict[str, Any]) -> pa.Table:
    if not DeltaTable.is_deltatable(str(path)):
        return pa.table({column: pa.array([]) for column in columns or TABLES[name].column_names})
    table = DeltaTable(str(path))
    check_version(str(path.parent), name, table.metadata().configuration)
    condition = None
    for column, value in equals.items():
        term = pc.field(column) == value
        condition = term if condition is None else condition & term
    # Arrow reads the files itself. The library's own filesystem calls Python from Arrow's threads, and a process that
    # ended just then died of SIGABRT ("terminate called without an active exception"): 2 of 40 times at load 7.
    files = SubTreeFileSystem(str(path), LocalFileSystem())
    return table.to_pyarrow_dataset(filesystem=files).to_table(columns=columns, filter=condition)


def _remote(
    spark: SparkSession | None, location: str, name: str, columns: list[str] | None, equals: dict[str, Any]
) -> pa.Table:
    frame = _frame(spark, location, name)
    for column, value in equals.items():
        frame = frame.where(frame[column] == value)
    return frame.select(*(columns or TABLES[name].column_names)).toArrow()


def _frame(spark: SparkSession | None, location: str, name: str) -> DataFrame:
    from jobs.core.lake import Lake

    if spark is None:
        raise LakeVersion(f"{location}: a lake that is not a local folder is read by a Spark session; none was given")
    return Lake(spark, location).read(name)
