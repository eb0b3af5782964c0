"""Tab- or comma-separated files, one sample a line, as Conceptual Captions and its like are published."""

from __future__ import annotations

import csv
import gzip
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO, ClassVar, cast

from udfs import statuses
from udfs.shards.captions import clean_caption
from udfs.shards.fields import CAPTIONS, HEIGHTS, URLS, WIDTHS
from udfs.shards.records import WHOLE_SHARD, Sample, storable
from udfs.shards.uris import open_stream

# A longer line is a reject, and never in memory as a whole.
LONGEST_LINE = 16 << 20

CONCEPTUAL_CAPTIONS = ("caption", "url")


@dataclass(frozen=True)
class Delimited:
    """`columns` names the fields of a file without header, or renames those of one with it.

    By default a .tsv has no header and Conceptual Captions' two columns, a .csv has a header. Fields of
    comma-separated files may be quoted and then hold line breaks; in tab-separated ones quotes are text, as
    in the published files.
    """

    columns: tuple[str, ...] | None = None
    header: bool | None = None
    caption: str | None = None
    url: str | None = None
    delimiter: str | None = None

    extensions: ClassVar[tuple[str, ...]] = (".tsv", ".csv", ".tsv.gz", ".csv.gz")
    shards_are_folders: ClassVar[bool] = False

    def read(self, uri: str, shard: str) -> Iterator[Sample]:
        """One sample a line, its row number from 0 as key. Raises OSError; ValueError for absent columns."""
        is_csv = shard.lower().removesuffix(".gz").endswith(".csv")
        delimiter = self.delimiter or ("," if is_csv else "\t")
        header = is_csv if self.header is None else self.header
        with open_stream(uri) as stream:
            lines = _Lines(cast(BinaryIO, stream))
            records = _quoted(lines) if delimiter == "," else _plain(lines, delimiter)
            try:
                yield from self._samples(records, header)
            except (EOFError, zlib.error, gzip.BadGzipFile) as error:
                yield Sample(WHOLE_SHARD, statuses.TRUNCATED_SHARD, f"after line {lines.number}: {error}")

    def _samples(self, records: Iterator[_Record], header: bool) -> Iterator[Sample]:
        names: Sequence[str] = self.columns or (() if header else CONCEPTUAL_CAPTIONS)
        if header:
            first = next(records, None)
            if first is None:
                return
            names = names or [clean_caption(raw)[0] or "" for raw in first.fields]
        columns = _Columns.find(names, self)
        for row, record in enumerate(records):
            yield columns.sample(str(row), record)


@dataclass(frozen=True, slots=True)
class _Record:
    """One line's fields, undecoded; `error` says why there are none."""

    line: int
    fields: list[bytes]
    error: str | None = None


@dataclass(frozen=True)
class _Columns:
    """Where a sample's values are among the `count` fields of a line."""

    count: int
    caption: int
    url: int | None
    width: int | None
    height: int | None

    @staticmethod
    def find(names: Sequence[str], options: Delimited) -> _Columns:
        caption = _find(names, options.caption, CAPTIONS)
        if caption is None:
            raise ValueError(
                f"no column {' or '.join(CAPTIONS)} for captions; the columns are {', '.join(names)}: set `caption`"
            )
        url = _find(names, options.url, URLS)
        return _Columns(len(names), caption, url, _find(names, None, WIDTHS), _find(names, None, HEIGHTS))

    def sample(self, key: str, record: _Record) -> Sample:
        error = record.error
        if error is None and len(record.fields) != self.count:
            error = f"line {record.line} has {len(record.fields)} fields, {self.count} expected"
        if error is not None:
            return Sample(key, statuses.BAD_MEMBER, error)
        caption, repaired = clean_caption(record.fields[self.caption])
        url = None if self.url is None else clean_caption(record.fields[self.url])[0]
        width, height = (_pixels(record.fields, index) for index in (self.width, self.height))
        return Sample(key, statuses.OK, None, caption, repaired, url, width, height)


def _find(names: Sequence[str], wanted: str | None, usual: Sequence[str]) -> int | None:
    if wanted is not None and wanted not in names:
        raise ValueError(f"no column {wanted}; the columns are {', '.join(names)}")
    for name in [wanted] if wanted is not None else usual:
        if name in names:
            return names.index(name)
    return None


def _pixels(fields: list[bytes], index: int | None) -> int | None:
    try:
        return None if index is None else storable(float(fields[index]))
    except ValueError:
        return None


class _Lines:
    """The lines of a stream without their ends, None for one that is too long; `number` is the last one's."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.number = 0

    def __iter__(self) -> Iterator[bytes | None]:
        while line := self._stream.readline(LONGEST_LINE):
            self.number += 1
            if len(line) == LONGEST_LINE and not line.endswith(b"\n"):
                while (rest := self._stream.readline(LONGEST_LINE)) and not rest.endswith(b"\n"):
                    pass
                yield None
            else:
                yield line.removesuffix(b"\n").removesuffix(b"\r")


def _too_long(line: int) -> _Record:
    return _Record(line, [], f"line {line} is longer than {LONGEST_LINE} bytes")


def _plain(lines: _Lines, delimiter: str) -> Iterator[_Record]:
    separator = delimiter.encode()
    for line in lines:
        yield _too_long(lines.number) if line is None else _Record(lines.number, line.split(separator))


def _quoted(lines: _Lines) -> Iterator[_Record]:
    """Records of a comma-separated file. A quote that is never closed costs at most `LONGEST_LINE` bytes."""
    # The module's own limit, for all of the process, is 128 KiB a field: less than captions there are.
    csv.field_size_limit(LONGEST_LINE)
    source = iter(lines)
    overlong: list[int] = []

    def text() -> Iterator[str]:
        for line in source:
            if line is None:
                overlong.append(lines.number)
            yield "\n" if line is None else line.decode("utf-8", "surrogateescape") + "\n"

    rows = csv.reader(text())
    while True:
        begin = lines.number + 1
        try:
            fields = next(rows)
        except StopIteration:
            return
        except csv.Error as error:
            yield _Record(begin, [], f"lines {begin} to {lines.number}: {error}")
            rows = csv.reader(text())
            continue
        if overlong:
            yield _too_long(overlong.pop())
        else:
            yield _Record(begin, [value.encode("utf-8", "surrogateescape") for value in fields])
