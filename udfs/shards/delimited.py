"""Reads tab- or comma-separated files, one sample per row, as Conceptual Captions and similar sets are published."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import ClassVar

from udfs import statuses
from udfs.options import first_of, option
from udfs.shards import layouts
from udfs.shards.caption_text import clean_caption
from udfs.shards.layouts import CAPTION_NAMES, LAYOUTS, URL_NAMES, LayoutName, find, listed
from udfs.shards.quoting import QUOTE, DelimitedRow, DelimitedRows, Dialect
from udfs.shards.samples import WHOLE_SHARD, Sample, storable
from udfs.shards.text_lines import Encoding, LineEnd, Lines, encoding_of, line_end, read_head, undecoded
from udfs.shards.uris import open_stream

# The rows that are inspected if a shard does not name its columns.
FIRST_ROWS = 100


@dataclass(frozen=True)
class Delimited:
    """One sample per row.

    A .csv has commas and a header. A .tsv has tabs, and a header only if its first row names a column of captions.
    Without a header and without names the two columns are a caption and its URL, in either order. If commas or
    semicolons separate the fields, and in WIT, fields may be quoted and may then hold line breaks; otherwise quotes are
    text, as in the published files. A row's key is its number from 0. Rejects have numbers as well, so that the key of
    a row does not depend on whether the rows before it are usable.
    """

    columns: tuple[str, ...] | None = option(
        None, "names of the columns, in order; with a header, other names for its columns"
    )
    header: bool | None = option(None, "whether the first row names the columns ([without it](formats.md#csv-and-tsv))")
    caption: str | None = option(None, f"column of captions; {first_of(CAPTION_NAMES)}")
    url: str | None = option(None, f"column of the images' addresses; {first_of(URL_NAMES)}")
    delimiter: str | None = option(None, "what separates fields; without it, a comma in a .csv, else a tab")
    quoted: bool | None = option(
        None, 'whether fields may stand in `"`; without it, true if commas or semicolons separate them, and in WIT'
    )
    escape: str | None = option(None, 'a character that takes its meaning from the next one, as in `\\"`')
    layout: LayoutName | None = option(None, "columns and quotes of a published file")

    extensions: ClassVar[tuple[str, ...]] = (".tsv", ".csv", ".tsv.gz", ".csv.gz")
    shards_are_folders: ClassVar[bool] = False

    def __post_init__(self) -> None:
        if self.layout is not None and (self.layout not in LAYOUTS or self.columns):
            raise ValueError(f"layout is {self.layout!r}: one of {', '.join(LAYOUTS)} is needed, without `columns`")
        Dialect("\t" if self.delimiter is None else self.delimiter, bool(self.quoted), self.escape)

    def read(self, uri: str, shard: str) -> Iterator[Sample]:
        """One sample per row. Raises OSError, and ValueError if columns are absent or the captions are URLs."""
        with open_stream(uri) as stream:
            form = _Form.of(read_head(stream), shard, self)
            lines = Lines(stream, form.encoding, form.end)
            rows = DelimitedRows(lines, form.dialect, form.columns.count)
            for number, row in enumerate(islice(rows, int(form.header), None)):
                yield form.columns.sample(str(number), row)
            if lines.broken:
                yield Sample(WHOLE_SHARD, statuses.TRUNCATED_SHARD, f"after line {lines.number}: {lines.broken}")


@dataclass(frozen=True)
class _Form:
    """How one shard is written, decided by the options, then by its name, then by its first rows."""

    encoding: Encoding
    end: LineEnd
    dialect: Dialect
    header: bool
    columns: _Columns

    @staticmethod
    def of(head: bytes, shard: str, options: Delimited) -> _Form:
        encoding = encoding_of(head)
        text = head.decode(encoding, "replace")
        first_line = re.split("[\r\n]", text, maxsplit=1)[0]
        is_csv = _is_csv(shard, first_line)
        dialect = _dialect(first_line, is_csv, options)
        end = line_end(text, dialect.quoted)
        # The end of the head may cut the last row; a majority of the rows does not depend on it.
        rows = list(islice(DelimitedRows(Lines(io.BytesIO(head), encoding, end), dialect), FIRST_ROWS))
        if not rows:
            return _Form(encoding, end, dialect, False, _NO_COLUMNS)
        header = _is_header(rows[0], is_csv, options)
        columns = _Columns.find(_names(rows, header, options), options)
        captions = [row.fields[columns.caption] for row in rows[header:] if len(row.fields) == columns.count]
        layouts.refuse_urls(captions)
        return _Form(encoding, end, dialect, header, columns)


def _is_csv(shard: str, first_line: str) -> bool:
    """Whether a shard is a .csv: by its name or, if its ending is neither, by a header with commas."""
    name = shard.lower().removesuffix(".gz")
    if name.endswith((".csv", ".tsv")):
        return name.endswith(".csv")
    return "," in first_line and layouts.names_columns(first_line.split(","))


def _dialect(first_line: str, is_csv: bool, options: Delimited) -> Dialect:
    delimiter = options.delimiter or ("," if is_csv else "\t")
    quoted = options.quoted
    if quoted is None:
        named = options.layout is not None and LAYOUTS[options.layout].quoted
        quoted = delimiter in (",", ";") or named or layouts.is_wit(first_line.split(delimiter))
    return Dialect(delimiter, quoted, options.escape)


def _is_header(first: DelimitedRow, is_csv: bool, options: Delimited) -> bool:
    if options.header is not None:
        return options.header
    if is_csv and options.layout is None:
        # An unreadable first row is a reject, unless nothing else names the columns.
        return options.columns is None if first.error else not layouts.holds_values(first.fields)
    return layouts.names_columns(first.fields) or layouts.are_names(first.fields, options.columns or ())


def _names(rows: Sequence[DelimitedRow], header: bool, options: Delimited) -> Sequence[str]:
    known = options.columns or (options.layout and LAYOUTS[options.layout].columns)
    if known:
        return known
    if not header:
        return layouts.two_columns([row.fields for row in rows])
    if rows[0].error:
        raise ValueError(f"the header cannot be read: {rows[0].error}")
    return [clean_caption(undecoded(cell))[0] or "" for cell in rows[0].fields]


@dataclass(frozen=True)
class _Columns:
    """The positions of a sample's values among the `count` fields of a row."""

    count: int
    caption: int
    url: int | None
    width: int | None
    height: int | None

    @staticmethod
    def find(names: Sequence[str], options: Delimited) -> _Columns:
        caption = find(names, options.caption, layouts.CAPTION_NAMES)
        if caption is None:
            other = " (or `delimiter`, if these are several)" if len(names) == 1 else ""
            raise ValueError(f"no column for captions; the columns are {listed(names)}: set `caption`{other}")
        url = find(names, options.url, layouts.URL_NAMES)
        width, height = find(names, None, layouts.WIDTH_NAMES), find(names, None, layouts.HEIGHT_NAMES)
        return _Columns(len(names), caption, url, width, height)

    def sample(self, key: str, row: DelimitedRow) -> Sample:
        error = row.error
        if error is None and len(row.fields) != self.count:
            error = f"line {row.line} has {len(row.fields)} fields, {self.count} expected"
            if any(field.startswith(QUOTE) for field in row.fields):
                error += "; set `quoted: true` if quotes enclose fields"
        if error is not None:
            return Sample(key, statuses.BAD_MEMBER, error)
        caption, repaired = clean_caption(undecoded(row.fields[self.caption]))
        url = None if self.url is None else clean_caption(undecoded(row.fields[self.url]))[0]
        width, height = (_pixels(row.fields, index) for index in (self.width, self.height))
        return Sample(key, statuses.OK, None, caption, repaired, url, width, height)


# The columns of a shard without rows.
_NO_COLUMNS = _Columns(0, 0, None, None, None)


def _pixels(fields: Sequence[str], index: int | None) -> int | None:
    try:
        return None if index is None else storable(float(fields[index]))
    except ValueError:
        return None
