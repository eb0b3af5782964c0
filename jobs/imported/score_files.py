"""A file of scores as it is written: CSV or Parquet, as rows of cells with the number of the line or row of each."""

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

REQUIRED: Final = ("set", "concept", "model", "metric", "value")
COLUMNS: Final = (*REQUIRED, "samples", "higher_is_better", "unit")
PARQUET_MAGIC: Final = b"PAR1"

# The cells of a row in the order of COLUMNS; None where the file has no such column.
Cells = Sequence[Any]


class BadRow(ValueError):
    """A row that cannot be used; the message is the reason."""


@dataclass(frozen=True)
class ScoreFile:
    """A file's content, with its name without folders; `unread` are the columns that are none of COLUMNS."""

    name: str
    data: bytes
    header: tuple[str, ...]

    @property
    def sha256(self) -> str:
        """The digest of the file, in hex."""
        return hashlib.sha256(self.data).hexdigest()

    @property
    def unread(self) -> list[str]:
        """Columns that say nothing here."""
        return [name for name in self.header if name not in COLUMNS]

    @property
    def counted_in(self) -> str:
        """The word for the numbers of `rows`."""
        return "row" if _is_parquet(self.data) else "line"

    def rows(self) -> Iterator[tuple[int, Cells | BadRow]]:
        """Each row with its number: the line of a CSV on which it ends, or the row of a Parquet file from 1.

        Raises SettingsError if the file is broken further down.
        """
        try:
            yield from _parquet_rows(self.data, self.header) if _is_parquet(self.data) else self._csv_rows()
        except (csv.Error, pa.ArrowException, OSError) as error:
            raise SettingsError(f"{self.name}: cannot be read: {error}") from None

    def _csv_rows(self) -> Iterator[tuple[int, Cells | BadRow]]:
        reader = _reader(self.data)
        next(reader)
        places = [self.header.index(name) if name in self.header else None for name in COLUMNS]
        for row in reader:
            if len(row) > len(self.header):
                yield reader.line_num, BadRow(f"has {len(row)} cells, and the header {len(self.header)}")
            elif any(map(str.strip, row)):
                cells = [*row, *[""] * (len(self.header) - len(row))]
                yield reader.line_num, [None if at is None else cells[at].strip() for at in places]


def read_score_file(path: str) -> ScoreFile:
    """The file at a path or URI. Raises SettingsError if it cannot be read, is empty, or lacks a column of REQUIRED."""
    try:
        filesystem, place = filesystem_and_path(path)
        with filesystem.open_input_stream(place, compression=None) as stream:
            data = stream.read()
        if not data.strip():
            raise ValueError("the file is empty")
        header = tuple(pq.read_schema(pa.BufferReader(data)).names) if _is_parquet(data) else _csv_header(data)
        missing = [name for name in REQUIRED if name not in header]
        if missing:
            raise ValueError(f"no column {', '.join(missing)}; its columns are {', '.join(map(repr, header[:20]))}")
        if twice := sorted({name for name in header if header.count(name) > 1}):
            raise ValueError(f"column {', '.join(twice)} is there twice")
    except (OSError, ValueError, csv.Error, pa.ArrowException) as error:
        raise SettingsError(f"{shown(path)}: cannot be read as scores: {error}") from None
    return ScoreFile(place.rpartition("/")[2], data, header)


def _is_parquet(data: bytes) -> bool:
    return data.startswith(PARQUET_MAGIC)


def _reader(data: bytes) -> Any:
    return csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), strict=True)


def _csv_header(data: bytes) -> tuple[str, ...]:
    return tuple(name.strip() for name in next(_reader(data)))


def _parquet_rows(data: bytes, header: Sequence[str]) -> Iterator[tuple[int, Cells]]:
    there = [name for name in COLUMNS if name in header]
    number = 0
    for batch in pq.ParquetFile(pa.BufferReader(data)).iter_batches(columns=there):
        found = {name: batch.column(name).to_pylist() for name in there}
        columns = [found.get(name, [None] * batch.num_rows) for name in COLUMNS]
        for cells in zip(*columns, strict=True):
            number += 1
            yield number, cells
