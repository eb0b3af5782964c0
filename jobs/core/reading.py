"""Where a lake's tables lie, and the small ones of a local folder (O(shards + concepts) rows) without Spark.

There they are read and written by the deltalake library, so that looking at results takes a second and no JVM, and a
ledger entry 20 ms.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import reduce
from operator import and_
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from deltalake import DeltaTable, write_deltalake
from deltalake.exceptions import CommitFailedError
from pyarrow.fs import LocalFileSystem, SubTreeFileSystem

from jobs.core.errors import LakeVersion
from jobs.core.slices import Slice, delta_condition
from jobs.core.tables import SCHEMA_VERSION, TABLES

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


def local_table(location: str, name: str, columns: Sequence[str] | None = None, **equals: Any) -> pa.Table:
    """Rows of a table in a local folder whose columns equal `equals` (a list: one of its values); none where it was
    never written.
    """
    path = table_path(location, name)
    wanted = list(columns or TABLES[name].column_names)
    if not DeltaTable.is_deltatable(path):
        return pa.table({column: pa.array([]) for column in wanted})
    table = DeltaTable(path)
    check_version(location, name, table.metadata().configuration)
    return _read(table, path, wanted, equals)


def local_batches(location: str, name: str, columns: Sequence[str], **equals: Any) -> Iterator[pa.RecordBatch]:
    """`local_table` of a table of any size, a record batch at a time; none where it was never written."""
    path = table_path(location, name)
    if DeltaTable.is_deltatable(path):
        table = DeltaTable(path)
        check_version(location, name, table.metadata().configuration)
        yield from _dataset(table, path).to_batches(columns=list(columns), filter=_condition(equals))


def is_empty(location: str, name: str, partitions: Slice) -> bool:
    """Whether some partitions of a table in a local folder have no file."""
    given = [(column, [one] if isinstance(one, str) else list(one)) for column, one in partitions.items()]
    wanted = [(column, "in", values) for column, values in given]
    return not DeltaTable(table_path(location, name)).file_uris(wanted)


def _read(table: DeltaTable, path: str, columns: list[str], equals: Mapping[str, Any]) -> pa.Table:
    return _dataset(table, path).to_table(columns=columns, filter=_condition(equals))


def _dataset(table: DeltaTable, path: str) -> Any:
    # Arrow reads the files itself. The library's own filesystem calls Python from Arrow's threads, and a process that
    # ended just then died of SIGABRT ("terminate called without an active exception"): 2 of 40 times at load 7.
    return table.to_pyarrow_dataset(filesystem=SubTreeFileSystem(path, LocalFileSystem()))


def _condition(equals: Mapping[str, Any]) -> pc.Expression | None:
    terms = [_equals(pc.field(column), value) for column, value in equals.items()]
    return reduce(and_, terms) if terms else None


def _equals(field: pc.Expression, value: Any) -> pc.Expression:
    if not isinstance(value, list):
        return field == value
    # An empty list has no type that Arrow could compare with the column's.
    return field.isin(value) if value else pc.scalar(False)


def local_properties(location: str, name: str) -> dict[str, str] | None:
    """The properties of a table in a local folder, None where there is no table."""
    path = table_path(location, name)
    return DeltaTable(path).metadata().configuration if DeltaTable.is_deltatable(path) else None


def local_version(location: str, name: str) -> int:
    """The newest Delta version of a table in a local folder."""
    return int(DeltaTable(table_path(location, name)).version())


def is_plain(location: str, name: str) -> bool:
    """Whether a table in a local folder is what its files hold: no deletion vectors, no columns under other names."""
    path = table_path(location, name)
    return DeltaTable.is_deltatable(path) and DeltaTable(path).protocol().min_reader_version == 1


def write_rows(location: str, name: str, where: Slice, rows: Sequence[Mapping[str, Any]]) -> None:
    """Put rows in the place of a slice of a table in a local folder, in one commit.

    Raises deltalake.exceptions.CommitFailedError where another commit came between.
    """
    _write(DeltaTable(table_path(location, name)), where, rows)


def exchange_row(
    location: str, name: str, keys: Mapping[str, str], seen: Mapping[str, Any] | None, row: Mapping[str, Any]
) -> None:
    """Put `row` in the place of `seen` (None: of no row) among the rows with these keys, in one commit.

    What is there is compared and replaced in one version of the table: raises CommitFailedError where it is no longer
    `seen`, or another commit comes between.
    """
    path = table_path(location, name)
    table = DeltaTable(path)
    there = _read(table, path, TABLES[name].column_names, keys).to_pylist(maps_as_pydicts="strict")
    if there != ([] if seen is None else [seen]):
        raise CommitFailedError(f"{name}: another row is there than the one to be replaced")
    _write(table, keys, [row])


def _write(table: DeltaTable, where: Slice, rows: Sequence[Mapping[str, Any]]) -> None:
    schema = pa.schema(table.schema().to_arrow())
    data = pa.Table.from_pylist([{key: row.get(key) for key in schema.names} for row in rows], schema=schema)
    write_deltalake(table, data, mode="overwrite", predicate=delta_condition(where))


def write_arrow(location: str, name: str, where: Slice | None, data: pa.Table) -> None:
    """`write_rows` with an Arrow table that has the table's columns; with no slice its rows are added."""
    table = DeltaTable(table_path(location, name))
    rows = data.cast(pa.schema(table.schema().to_arrow()))
    if where is None:
        write_deltalake(table, rows, mode="append")
    else:
        write_deltalake(table, rows, mode="overwrite", predicate=delta_condition(where))


def check_version(location: str, name: str, properties: dict[str, str]) -> None:
    """Refuse a table that another release wrote, by name."""
    if readable_version(location, name, properties) < SCHEMA_VERSION:
        raise _refusal(location, name, properties, "an older release wrote it: run `conceptfreq migrate CONFIG` once")


def readable_version(location: str, name: str, properties: dict[str, str]) -> int:
    """The schema version of a table of this release or an older one; LakeVersion for any other."""
    found = properties.get(VERSION_PROPERTY)
    if found is None or not found.isdigit() or int(found) < 1:
        advice = "no release of conceptfreq wrote it: name another folder as the lake"
        raise _refusal(location, name, properties, advice)
    if int(found) > SCHEMA_VERSION:
        raise _refusal(location, name, properties, "use the newer release that wrote it")
    return int(found)


def _refusal(location: str, name: str, properties: dict[str, str], advice: str) -> LakeVersion:
    found = properties.get(VERSION_PROPERTY)
    return LakeVersion(
        f"{location}: table {name} has schema version {found}, this release reads {SCHEMA_VERSION}; {advice}"
    )
