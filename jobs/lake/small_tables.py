"""Reads and writes the small tables of a lake (O(shards + concepts) rows) without Spark, by the deltalake library.

So a look at results takes a second and no JVM, and a ledger entry in a local folder takes 20 ms. A wave of few rows is
added to a large table in the same time (`write_once`). Outside local folders only the leases of a lake on S3 are
written this way, and Spark never writes those: in an object store a commit of Spark would not see one of deltalake at
the same moment.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import reduce
from operator import and_
from typing import Any, Final, NamedTuple
from urllib.parse import unquote

import pyarrow as pa
import pyarrow.compute as pc
from deltalake import CommitProperties, DeltaTable, Transaction, WriterProperties, write_deltalake
from deltalake.exceptions import CommitFailedError
from pyarrow.fs import SubTreeFileSystem

from jobs.errors import LakeVersion
from jobs.lake.location import Location
from jobs.lake.object_store import deltalake_options
from jobs.lake.slices import COMPARED, Slice, delta_condition
from jobs.lake.tables import GROUP_ROWS, SCHEMA_VERSION, TABLES
from udfs.shards.uris import filesystem_and_path

log = logging.getLogger(__name__)

# Bytes of a row group in memory. The library would make one of a million rows, whatever their size, and whoever wants
# some shards would read all.
GROUP_BYTES = 8 << 20
# The writer's version of Delta's protocol for tables with constraints.
CONSTRAINTS = 3
SHARD_BOUNDS: Final = ("min.shard", "max.shard")
VERSION_PROPERTY = "conceptfreq.schema_version"


def opens(location: Location) -> bool:
    """Whether the deltalake library reaches the lake: a local folder always, a bucket if it finds credentials."""
    if location.folder or location.deltalake("shards") is None:
        return location.folder is not None
    try:
        reach(location)
    except OSError as error:
        log.info("%s: read by Spark, because deltalake cannot open it: %s", location, str(error).splitlines()[0])
        return False
    return True


def reach(location: Location) -> None:
    """Ask the bucket of a lake for something. Raises OSError if it refuses or does not answer."""
    DeltaTable.is_deltatable(_uri(location, "shards"), {**deltalake_options(location), "max_retries": "1"})


def read_table(
    location: Location, name: str, columns: Sequence[str] | None = None, at: int | None = None, **equals: Any
) -> pa.Table:
    """Rows of a table whose columns equal `equals` (a list: one of these, None: null); none if there is no table.

    at: the Delta version to read; None: the newest.
    """
    wanted = list(columns or TABLES[name].column_names)
    table = _opened(location, name)
    if table is None:
        return pa.table({column: pa.array([]) for column in wanted})
    if at is not None:
        table.load_as_version(at)
    check_version(location, name, table.metadata().configuration)
    return _read(table, location, name, wanted, equals)


def read_batches(location: Location, name: str, columns: Sequence[str], **equals: Any) -> Iterator[pa.RecordBatch]:
    """Like `read_table`, for a table of any size: one record batch at a time; none if it was never written."""
    table = _opened(location, name)
    if table is not None:
        check_version(location, name, table.metadata().configuration)
        yield from _dataset(table, location, name).to_batches(columns=list(columns), filter=_condition(equals))


class Span(NamedTuple):
    """A file of a table, and bounds of the shards that it has rows of."""

    path: str
    first: str
    last: str


def spans(location: Location, name: str, partitions: Slice) -> list[Span]:
    """The files of these partitions of an existing table in a local folder, by path."""
    added = _files(location, name, partitions)
    if not added.num_rows:
        return []
    root, bounds = location.arrow(name), []
    for path, first, last in zip(*(added[one].to_pylist() for one in ("path", *SHARD_BOUNDS)), strict=True):
        # A file without statistics may have rows of any shard.
        bounds.append(Span(f"{root}/{unquote(path)}", first or "", chr(sys.maxunicode) if last is None else last))
    return sorted(bounds)


def _files(location: Location, name: str, partitions: Slice) -> pa.Table:
    """The files of these partitions of an existing table, as its log adds them."""
    added = pa.table(delta_table(location, name).get_add_actions(flatten=True))
    for column, one in partitions.items() if added.num_rows else ():
        added = added.filter(pc.field(f"partition.{column}").isin(_values(one)))
    return added


def _values(given: str | Iterable[str | None]) -> list[str | None]:
    return [given] if isinstance(given, str) else list(given)


def _opened(location: Location, name: str) -> DeltaTable | None:
    """The table; None if it was never written."""
    there = DeltaTable.is_deltatable(_uri(location, name), deltalake_options(location))
    return delta_table(location, name) if there else None


def delta_table(location: Location, name: str) -> DeltaTable:
    """An existing table, opened by the library."""
    return DeltaTable(_uri(location, name), storage_options=deltalake_options(location))


def is_empty(location: Location, name: str, partitions: Slice) -> bool:
    """Whether these partitions of a table have no file."""
    return not _files(location, name, partitions).num_rows


def _uri(location: Location, name: str) -> str:
    uri = location.deltalake(name)
    assert uri is not None, f"{location}: only Spark can open it"
    return uri


def _read(table: DeltaTable, location: Location, name: str, columns: list[str], equals: Mapping[str, Any]) -> pa.Table:
    return _dataset(table, location, name).to_table(columns=columns, filter=_condition(equals))


def _dataset(table: DeltaTable, location: Location, name: str) -> Any:
    # Arrow opens the files. The library's own filesystem calls Python from Arrow's threads, and a process that ended
    # at such a moment died of SIGABRT ("terminate called without an active exception"): 2 of 40 times at load 7.
    filesystem, path = filesystem_and_path(location.arrow(name))
    return table.to_pyarrow_dataset(filesystem=SubTreeFileSystem(path, filesystem))


def _condition(equals: Mapping[str, Any]) -> pc.Expression | None:
    terms = [_equals(pc.field(column), value) for column, value in equals.items()]
    return reduce(and_, terms) if terms else None


def _equals(field: pc.Expression, value: Any) -> pc.Expression:
    if not isinstance(value, list | tuple):
        return field == value
    if not value:
        # An empty list has no type that Arrow can compare with the column's.
        return pc.scalar(False)
    if len(value) <= COMPARED or None in value:
        return field.isin(value)
    # Arrow skips files and row groups by bounds, and by few values, but not by many.
    return (field >= min(value)) & (field <= max(value)) & field.isin(value)


def properties(location: Location, name: str) -> dict[str, str] | None:
    """The properties of a table; None if there is no table."""
    table = _opened(location, name)
    return None if table is None else table.metadata().configuration


def version(location: Location, name: str) -> int:
    """The newest Delta version of a table."""
    return int(delta_table(location, name).version())


def versions(location: Location, name: str) -> list[tuple[int, datetime]]:
    """The Delta versions of a table that its log has, each with the time of its commit, in any order."""
    table = _opened(location, name)
    # A commit need not tell its time, but those of Spark and of this library do.
    history = [] if table is None else [one for one in table.history() if "timestamp" in one]
    return [(one["version"], datetime.fromtimestamp(one["timestamp"] / 1000, UTC)) for one in history]


def is_plain(location: Location, name: str) -> bool:
    """Whether a table in a local folder equals its files: no deletion vectors, no columns under other names."""
    table = _opened(location, name)
    return table is not None and table.protocol().min_reader_version == 1


def is_common(location: Location, name: str) -> bool:
    """Whether a table in a local folder has no feature beyond those that it was made with, as its users may add."""
    table = _opened(location, name)
    protocol = None if table is None else table.protocol()
    return protocol is not None and (protocol.min_reader_version, protocol.min_writer_version) <= (1, CONSTRAINTS)


def write_rows(location: Location, name: str, where: Slice, rows: Sequence[Mapping[str, Any]]) -> None:
    """Replace a slice of a table by rows, in one commit.

    Raises deltalake.exceptions.CommitFailedError if another commit came between.
    """
    _write(delta_table(location, name), name, where, rows)


def exchange_row(
    location: Location, name: str, keys: Mapping[str, str], seen: Mapping[str, Any] | None, row: Mapping[str, Any]
) -> None:
    """Replace the row `seen` (None: no row) by `row` among the rows with these keys, in one commit.

    The stored row is compared and replaced in one version of the table. Raises CommitFailedError if it is no longer
    `seen`, or if another commit comes between.
    """
    table = delta_table(location, name)
    there = _read(table, location, name, TABLES[name].column_names, keys).to_pylist(maps_as_pydicts="strict")
    if there != ([] if seen is None else [seen]):
        raise CommitFailedError(f"{name}: the row to be replaced has changed")
    _write(table, name, keys, [row])


def _write(table: DeltaTable, name: str, where: Slice, rows: Sequence[Mapping[str, Any]]) -> None:
    schema = pa.schema(table.schema().to_arrow())
    data = pa.Table.from_pylist([{key: row.get(key) for key in schema.names} for row in rows], schema=schema)
    _commit(table, name, data, mode="overwrite", predicate=delta_condition(where))


def _commit(table: DeltaTable, name: str, data: pa.Table, **options: Any) -> None:
    """Write in row groups as Spark does: the library knows no such property of a table."""
    rows = int(TABLES[name].properties.get(GROUP_ROWS, 0))
    # A commit without rows may write others of the table again.
    if not rows and data.num_rows:
        rows = max(1, GROUP_BYTES * data.num_rows // data.nbytes)
    if rows:
        options["writer_properties"] = WriterProperties(max_row_group_size=rows)
    write_deltalake(table, data, **options)


def write_arrow(location: Location, name: str, where: Slice | None, data: pa.Table) -> None:
    """Like `write_rows`, with an Arrow table that has the table's columns; without a slice its rows are added."""
    _put(delta_table(location, name), name, where, data)


def write_once(location: Location, name: str, where: Slice | None, data: pa.Table, owner: str, number: int) -> None:
    """`write_arrow`, unless `owner` has made a commit of this or a higher number.

    Spark does the same with `txnAppId` and `txnVersion`. Raises CommitFailedError if such a commit comes between.
    """
    table = delta_table(location, name)
    if (table.transaction_version(owner) or 0) < number:
        transaction = CommitProperties(app_transactions=[Transaction(owner, number)])
        _put(table, name, where, data, commit_properties=transaction)


def _put(table: DeltaTable, name: str, where: Slice | None, data: pa.Table, **options: Any) -> None:
    rows = data.cast(pa.schema(table.schema().to_arrow()))
    if where is None:
        _commit(table, name, rows, mode="append", **options)
    else:
        _commit(table, name, rows, mode="overwrite", predicate=delta_condition(where), **options)


def check_version(location: Location, name: str, properties: dict[str, str]) -> None:
    """Raise LakeVersion, which names the table, if another release wrote it."""
    if readable_version(location, name, properties) < SCHEMA_VERSION:
        raise _refusal(location, name, properties, "an older release wrote it: run `conceptfreq migrate CONFIG` once")


def readable_version(location: Location, name: str, properties: dict[str, str]) -> int:
    """The schema version of a table of this release or an older one; raises LakeVersion for any other."""
    found = properties.get(VERSION_PROPERTY)
    if found is None or not found.isdigit() or int(found) < 1:
        advice = "no release of conceptfreq wrote it: name another folder as the lake"
        raise _refusal(location, name, properties, advice)
    if int(found) > SCHEMA_VERSION:
        raise _refusal(location, name, properties, "use the newer release that wrote it")
    return int(found)


def _refusal(location: Location, name: str, properties: dict[str, str], advice: str) -> LakeVersion:
    found = properties.get(VERSION_PROPERTY)
    return LakeVersion(
        f"{location}: table {name} has schema version {found}, this release reads {SCHEMA_VERSION}; {advice}"
    )
