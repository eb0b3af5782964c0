"""A file that is imported, as it is written: CSV or Parquet, as rows of cells with the number of each line or row."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from jobs.errors import SettingsError
from udfs.shards.schemes import shown
from udfs.shards.uris import filesystem_and_path

PARQUET_MAGIC: Final = b"PAR1"
NUMBERS_SHOWN: Final = 5

# The cells of a row in the order of the columns that are read; None where the file has no such column.
Cells = Sequence[Any]


class BadRow(ValueError):
    """A row that cannot be used; the message is the reason."""


@dataclass(frozen=True)
class RowFile:
    """A file's content, with its name without folders, its columns, and those of them that may be read."""

    name: str
    data: bytes
    header: tuple[str, ...]
    columns: tuple[str, ...]

    @property
    def sha256(self) -> str:
        """The digest of the file, in hex."""
        return hashlib.sha256(self.data).hexdigest()

    @property
    def unread(self) -> list[str]:
        """Columns that say nothing here."""
        return [name for name in self.header if name not in self.columns]

    @property
    def counted_in(self) -> str:
        """The word for the numbers of `rows`."""
        return "row" if _is_parquet(self.data) else "line"

    def rows(self) -> Iterator[tuple[int, Cells | BadRow]]:
        """Each row with its number: the line of a CSV on which it ends, or the row of a Parquet file from 1.

        Raises SettingsError if the file is broken further down.
        """
        try:
            yield from self._parquet_rows() if _is_parquet(self.data) else self._csv_rows()
        except (csv.Error, pa.ArrowException, OSError) as error:
            raise SettingsError(f"{self.name}: cannot be read: {error}") from None

    def _csv_rows(self) -> Iterator[tuple[int, Cells | BadRow]]:
        reader = _reader(self.data)
        next(reader)
        places = [self.header.index(name) if name in self.header else None for name in self.columns]
        for row in reader:
            if len(row) > len(self.header):
                yield reader.line_num, BadRow(f"has {len(row)} cells, and the header {len(self.header)}")
            elif any(map(str.strip, row)):
                cells = [*row, *[""] * (len(self.header) - len(row))]
                yield reader.line_num, [None if at is None else cells[at].strip() for at in places]

    def _parquet_rows(self) -> Iterator[tuple[int, Cells]]:
        there = [name for name in self.columns if name in self.header]
        number = 0
        for batch in pq.ParquetFile(pa.BufferReader(self.data)).iter_batches(columns=there):
            found = {name: batch.column(name).to_pylist() for name in there}
            columns = [found.get(name, [None] * batch.num_rows) for name in self.columns]
            for cells in zip(*columns, strict=True):
                number += 1
                yield number, cells

    def contradiction(self, said: str, first: int, now: str, number: int) -> SettingsError:
        """The refusal of two rows that cannot both be right: what they say, and where."""
        word = self.counted_in
        return SettingsError(
            f"{self.name}: {said} on {word} {first}, and {now} on {word} {number}: nothing was imported"
        )


def read_row_file(path: str, kind: str, required: Sequence[str], optional: Sequence[str]) -> RowFile:
    """The file at a path or URI, of a kind as in `scores`.

    Raises SettingsError if it cannot be read, is empty, or lacks a column of `required`.
    """
    try:
        filesystem, place = filesystem_and_path(path)
        with filesystem.open_input_stream(place, compression=None) as stream:
            data = stream.read()
    except (OSError, ValueError) as error:
        raise _unreadable(shown(path), kind, error) from None
    return _row_file(place.rpartition("/")[2], shown(path), data, kind, required, optional)


def rows_in_memory(name: str, table: pa.Table, kind: str, required: Sequence[str], optional: Sequence[str]) -> RowFile:
    """A table that somebody has made, as if it were read from a Parquet file; refused as such, under this name."""
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink)
    return _row_file(name, name, sink.getvalue().to_pybytes(), kind, required, optional)


def _row_file(
    name: str, where: str, data: bytes, kind: str, required: Sequence[str], optional: Sequence[str]
) -> RowFile:
    try:
        if not data.strip():
            raise ValueError("the file is empty")
        header = tuple(pq.read_schema(pa.BufferReader(data)).names) if _is_parquet(data) else _csv_header(data)
        missing = [column for column in required if column not in header]
        if missing:
            raise ValueError(f"no column {', '.join(missing)}; its columns are {', '.join(map(repr, header[:20]))}")
        if twice := sorted({column for column in header if header.count(column) > 1}):
            raise ValueError(f"column {', '.join(twice)} is there twice")
    except (OSError, ValueError, csv.Error, pa.ArrowException) as error:
        raise _unreadable(where, kind, error) from None
    return RowFile(name, data, header, (*required, *optional))


def _unreadable(where: str, kind: str, error: Exception) -> SettingsError:
    return SettingsError(f"{where}: cannot be read as {kind}: {error}")


def shown_numbers(word: str, numbers: Sequence[int]) -> str:
    """`line 3`, or `lines 3, 4, 5, 6, 7 and 90 more`."""
    more = f" and {len(numbers) - NUMBERS_SHOWN:,} more" if len(numbers) > NUMBERS_SHOWN else ""
    return f"{word}{'s' if len(numbers) > 1 else ''} {', '.join(map(str, numbers[:NUMBERS_SHOWN]))}{more}"


def _is_parquet(data: bytes) -> bool:
    return data.startswith(PARQUET_MAGIC)


def _reader(data: bytes) -> Any:
    return csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), strict=True)


def _csv_header(data: bytes) -> tuple[str, ...]:
    return tuple(name.strip() for name in next(_reader(data)))
