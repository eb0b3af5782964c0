"""Reads the lines of a text file in any encoding and with any line ends, in bounded memory.

A file that begins with a byte-order mark of UTF-16 is read as UTF-16, any other as UTF-8. Invalid bytes are passed on
to `undecoded`, so that captions are repaired and flagged in one place for all formats.
"""

from __future__ import annotations

import codecs
import gzip
import io
import re
import zlib
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import BinaryIO, Literal, cast

# A longer line, in characters, is a reject and is never in memory as a whole.
LONGEST_LINE = 16 << 20
# The bytes that are inspected before a shard is read from its start.
HEAD = 1 << 18

Encoding = Literal["utf-8-sig", "utf-16"]
LineEnd = Literal["\n", "\r"]

# Each error handler passes invalid bytes on as code points that no text has.
_ERRORS: dict[Encoding, str] = {"utf-8-sig": "surrogateescape", "utf-16": "surrogatepass"}
# A compressed stream ends too early or is damaged. A failing disk or network raises another OSError.
_CUT = (EOFError, zlib.error, gzip.BadGzipFile)


def read_head(stream: io.BufferedIOBase) -> bytes:
    """The first `HEAD` bytes, fewer if the file is shorter or damaged; the stream is set back to its start."""
    head = bytearray()
    # Damage is met again, and reported, when the lines are read.
    with suppress(*_CUT):
        while len(head) < HEAD and (more := stream.read1(HEAD - len(head))):
            head += more
    stream.seek(0)
    return bytes(head)


def encoding_of(head: bytes) -> Encoding:
    """The encoding of a file that begins with `head`. Raises ValueError for UTF-16 without a byte-order mark."""
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    # In UTF-16 Latin letters, digits, delimiters and line ends have a NUL, all on the same side.
    fewer, more = sorted((head[0::2].count(0), head[1::2].count(0)))
    if more > len(head) / 8 and fewer < more / 10:
        raise ValueError("this looks like UTF-16 without a byte-order mark: save it as UTF-8, or with the mark")
    return "utf-8-sig"


def line_end(head: str, quoted: bool) -> LineEnd:
    """The end of a line: CR if no line ends with LF, as in files of old Macs; else LF, or CR LF."""
    # Spreadsheets on a Mac end rows with CR and write a line break inside a quoted cell as LF.
    outside_quotes = re.sub(r'"[^"]*"', "", head) if quoted else head
    return "\r" if "\r" in outside_quotes and "\n" not in outside_quotes else "\n"


def undecoded(text: str) -> bytes | str:
    """A piece of a line for `clean_caption`: its bytes, or its text if it came from UTF-16 with a broken pair."""
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text


def split_end(line: str) -> tuple[str, str]:
    """A line's content and its end: LF, CR LF, CR, or nothing at the end of the file."""
    content = line.removesuffix("\n").removesuffix("\r")
    return content, line[len(content) :]


class Lines:
    """The lines of a stream with their ends; None stands for a line that is too long.

    `number` is the number of the last line, from 1. A cut file ends early; then `broken` is the reason, else None.
    """

    def __init__(self, stream: io.BufferedIOBase, encoding: Encoding, end: LineEnd) -> None:
        self._text = io.TextIOWrapper(cast(BinaryIO, stream), encoding, _ERRORS[encoding], newline=end)
        self._end = end
        self._returned: deque[str | None] = deque()
        self.number = 0
        self.broken: str | None = None

    def __iter__(self) -> Iterator[str | None]:
        return self

    def __next__(self) -> str | None:
        line = self._returned.popleft() if self._returned else self._read()
        if line == "":
            raise StopIteration
        self.number += 1
        return line

    def give_back(self, lines: Sequence[str | None]) -> None:
        """Give back the last `lines` that were taken, so that they are read again."""
        self._returned.extendleft(reversed(lines))
        self.number -= len(lines)

    def _read(self) -> str | None:
        """The next line, "" at the end."""
        if self.broken:
            return ""
        try:
            line = self._text.readline(LONGEST_LINE)
            if len(line) < LONGEST_LINE or line.endswith(self._end):
                return line
            while (rest := self._text.readline(LONGEST_LINE)) and not rest.endswith(self._end):
                pass
            return None
        except (*_CUT, UnicodeDecodeError) as error:
            self.broken = str(error)
            return ""
