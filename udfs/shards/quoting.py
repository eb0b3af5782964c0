"""Splits lines of a delimited file into fields, strictly: a row with misplaced quotes loses only itself.

The csv module reads rows of one line. It cannot read longer rows here: it follows a quote that is never closed up to
the next quote, wherever that is, and its strict mode then loses the lines in between. It also refuses a CR inside a
field, and its limit of a field's length holds for the whole process. pyarrow.csv gives up the file at the first such
row.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from udfs.shards import text_lines
from udfs.shards.text_lines import Lines, split_end

QUOTE = '"'


@dataclass(frozen=True)
class Dialect:
    """How fields are written. `escape` removes the meaning of the character after it, inside and outside quotes."""

    delimiter: str
    quoted: bool = False
    escape: str | None = None

    def __post_init__(self) -> None:
        several = len(self.delimiter) > 1 and (self.quoted or self.escape)
        if several or self.delimiter in ("", QUOTE) or {"\n", "\r"} & set(self.delimiter):
            raise ValueError(f"delimiter is {self.delimiter!r}; one character is needed, no quote and no line break")
        if self.escape is not None and (len(self.escape) != 1 or self.escape in (QUOTE, "\n", "\r", self.delimiter)):
            raise ValueError(
                f"escape is {self.escape!r}; one character other than the delimiter is needed"
                " (a quote that is written twice needs no escape)"
            )


@dataclass(frozen=True, slots=True)
class DelimitedRow:
    """The fields of the row that begins in `line`, counted from 1; `error` is the reason if there are none."""

    line: int
    fields: list[str]
    error: str | None = None


class _Misquoted(Exception):
    """The row's quotes do not match."""


NEVER_CLOSED = "a quoted field is never closed: set `quoted: false` if quotes are part of the text"
TEXT_AFTER = (
    "text follows a closing quote: a quote inside a quoted field is written twice; set `escape` if a character is put"
    " before it instead, `quoted: false` if quotes are part of the text"
)


class DelimitedRows:
    """The rows of a file. A row whose quotes do not match loses its first line; the lines after it are read again.

    `width` is the number of fields of a row, if it is known. A quoted field that is open at the end of a line counts as
    never closed if the row would then have more fields than that. So one row spans fewer misquoted rows than it has
    fields, and at most `LONGEST_LINE` characters; even a file of nothing but such rows takes linear time.
    """

    def __init__(self, lines: Lines, dialect: Dialect, width: int | None = None) -> None:
        self._lines, self._dialect = lines, dialect
        self.width = width

    def __iter__(self) -> Iterator[DelimitedRow]:
        for line in self._lines:
            number = self._lines.number
            if line is None:
                yield DelimitedRow(number, [], f"line {number} is longer than {text_lines.LONGEST_LINE} characters")
            else:
                fields = _of_one_line(split_end(line)[0], self._dialect)
                yield self._by_parts(line) if fields is None else DelimitedRow(number, fields)

    def _by_parts(self, line: str) -> DelimitedRow:
        number, reason = self._lines.number, TEXT_AFTER
        fields, after = _Fields(self._dialect), list[str | None]()
        try:
            while not fields.complete_with(line):
                reason = NEVER_CLOSED
                line = self._following(fields, after)
        except _Misquoted:
            self._lines.give_back(after)
            return DelimitedRow(number, [], f"line {number}: {reason}")
        return DelimitedRow(number, fields.done)

    def _following(self, fields: _Fields, after: list[str | None]) -> str:
        """The next line of a row, which is also added to `after`. Raises _Misquoted if the row cannot go on."""
        if len(fields.done) == self.width or fields.characters > text_lines.LONGEST_LINE:
            raise _Misquoted
        line = next(self._lines, "")
        if line != "":
            after.append(line)
        if not line:
            raise _Misquoted
        return line


def _of_one_line(content: str, dialect: Dialect) -> list[str] | None:
    """The fields of a row of one line; None if the row may be longer, or if csv has a limit that we do not have."""
    if not (dialect.quoted and QUOTE in content) and not (dialect.escape and dialect.escape in content):
        return content.split(dialect.delimiter)
    if dialect.escape and content.endswith(dialect.escape):
        return None
    rows = csv.reader(
        (content,),
        delimiter=dialect.delimiter,
        quoting=csv.QUOTE_MINIMAL if dialect.quoted else csv.QUOTE_NONE,
        escapechar=dialect.escape,
        strict=True,
    )
    try:
        return next(rows)
    except csv.Error:
        return None


class _Fields:
    """The fields of one row, taken line by line: the fields that are `done`, and the parts of the open one."""

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect
        self._quoted, self._bare = _kinds(dialect)
        self._open: _Kind | None = None
        self._parts: list[str] = []
        self.done: list[str] = []
        self.characters = 0

    def complete_with(self, line: str) -> bool:
        """Take the row's next line and tell whether the row ends with it. Raises _Misquoted."""
        self.characters += len(line)
        content, end = split_end(line)
        at: int | None = 0
        while at is not None:
            kind, begin = (self._open, at) if self._open else self._begin(content, at)
            at = kind.end_of_text(content, begin)
            self._parts.append(content[begin:at])
            if self._goes_on(kind, content, at):
                self._parts.append(content[at:] + end)
                self._open = kind
                return False
            at = self._finish(kind, content, at)
        return True

    def _begin(self, content: str, at: int) -> tuple[_Kind, int]:
        if self._dialect.quoted and content.startswith(QUOTE, at):
            return self._quoted, at + 1
        return self._bare, at

    def _goes_on(self, kind: _Kind, content: str, at: int) -> bool:
        """Whether the line break belongs to the field: it does inside quotes and after an escape."""
        if at == len(content):
            return kind is self._quoted
        return at + 1 == len(content) and content[at] == self._dialect.escape

    def _finish(self, kind: _Kind, content: str, at: int) -> int | None:
        """The start of the field after the one that ends at `at`; None if the row ends."""
        self.done.append(kind.unescaped("".join(self._parts)))
        self._parts, self._open = [], None
        if kind is self._quoted:
            at += 1
            while content.startswith(" ", at):
                at += 1
        if at == len(content):
            return None
        if content[at] != self._dialect.delimiter:
            raise _Misquoted
        return at + 1


@dataclass(frozen=True)
class _Kind:
    """Quoted or unquoted fields: the pattern of their text, and the pairs of characters that stand for the second."""

    text: re.Pattern[str]
    pair: re.Pattern[str]

    def end_of_text(self, content: str, begin: int) -> int:
        found = self.text.match(content, begin)
        return found.end() if found else begin

    def unescaped(self, text: str) -> str:
        return self.pair.sub(r"\1", text)


@lru_cache(maxsize=16)
def _kinds(dialect: Dialect) -> tuple[_Kind, _Kind]:
    delimiter, escape = re.escape(dialect.delimiter), re.escape(dialect.escape or "")
    pair = f"|{escape}." if escape else ""
    quoted = _kind(f'[^"{escape}]|""{pair}', f'["{escape}](.)')
    return quoted, _kind(f"[^{delimiter}{escape}]{pair}", f"{escape}(.)" if escape else "(?!)()")


def _kind(text: str, pair: str) -> _Kind:
    return _Kind(re.compile(f"(?:{text})*+", re.DOTALL), re.compile(pair, re.DOTALL))
