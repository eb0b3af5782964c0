"""Reads tar archives member by member; bodies that are not needed are skipped.

Python's `tarfile` takes a bad header in the middle of a file for the end of the archive, and follows a header wherever
it points. `Archive` raises `Damaged` instead, and never reads more of a header than `LONGEST_HEADER`.
"""

from __future__ import annotations

import gzip
import tarfile
import zlib
from collections.abc import Iterator
from typing import Any, cast

from udfs.shards.uris import CHUNK, gunzipped, is_gzip

# A name of a megabyte is an attack; PAX headers of real archives have a few hundred bytes.
LONGEST_HEADER = 1 << 20

# Bytes to read ahead. Locally a read is a system call, so this covers the headers and captions between two images. Over
# a network a read is a request of some 30 ms, in which 4 MiB arrive: reading small images is cheaper than skipping
# them.
AHEAD_LOCAL = 2 << 10
AHEAD_REMOTE = 4 << 20


class Damaged(Exception):
    """The archive's structure breaks off here: the rest cannot be read."""


# The exceptions for damage: our own and the standard library's. `OSError` itself is not among them, because a failing
# disk or network does not mean that the archive is damaged.
BROKEN = (Damaged, tarfile.TarError, gzip.BadGzipFile, EOFError, zlib.error)


class _Header(tarfile.TarInfo):
    """A member's header. Only an end-of-archive block ends the archive."""

    @classmethod
    def fromtarfile(cls, archive: tarfile.TarFile) -> _Header:
        try:
            return cast(_Header, super().fromtarfile(archive))
        except tarfile.EOFHeaderError:  # type: ignore[attr-defined]
            raise
        except tarfile.EmptyHeaderError as error:  # type: ignore[attr-defined]
            raise Damaged(f"no end-of-archive block at byte {archive.offset}") from error
        # ValueError: invalid numbers in PAX records; RecursionError: headers that announce further headers.
        except (tarfile.HeaderError, ValueError, RecursionError) as error:
            raise Damaged(f"bad header at byte {archive.offset}: {error}") from error


class _Source:
    """The bytes of an archive: a seek reads nothing, a read takes `ahead` bytes more than were asked for."""

    def __init__(self, file: Any, ahead: int) -> None:
        self._file, self._ahead = file, ahead
        self._buffer, self._start = b"", 0
        self.position = 0

    def tell(self) -> int:
        return self.position

    def seek(self, position: int) -> int:
        self.position = position
        return position

    def read(self, count: int) -> bytes:
        """Read for `tarfile`, which reads headers only: a size that no header has means damage."""
        if not 0 <= count <= LONGEST_HEADER:
            raise Damaged(f"a header of {count} bytes at byte {self.position}")
        return self.body(count)

    def body(self, count: int) -> bytes:
        """The next `count` bytes, fewer only at the file's end."""
        begin = self.position - self._start
        if not 0 <= begin <= begin + count <= len(self._buffer):
            self._file.seek(self.position)
            self._buffer = self._file.read(max(count, self._ahead))
            self._start, begin = self.position, 0
        data = self._buffer[begin : begin + count]
        self.position += len(data)
        return data


class Archive:
    """The members of an open .tar or .tar.gz file, in order. Its first bytes decide which of the two it is.

    `layout` is "tar" or "tar.gz". Iteration raises one of `BROKEN` when the archive breaks off; `ended` tells whether
    its end was read before that.
    """

    def __init__(self, file: Any, ahead: int) -> None:
        self.layout = "tar.gz" if is_gzip(file) else "tar"
        self._size = None if self.layout == "tar.gz" else file.size()
        # Nothing is read ahead behind gzip, because going back means starting again.
        self._source = _Source(gunzipped(file), 0) if self._size is None else _Source(file, ahead)
        self._tar: tarfile.TarFile | None = None
        self.ended = False

    def __iter__(self) -> Iterator[tarfile.TarInfo]:
        source: Any = self._source
        self._tar = tarfile.TarFile(fileobj=source, tarinfo=_Header, encoding="utf-8", errors="backslashreplace")
        while (member := self._tar.next()) is not None:
            self._tar.members.clear()  # type: ignore[attr-defined]  # else it grows with the archive
            if member.size < 0:  # would lead back and loop for ever
                raise Damaged(f"{member.name} has a size of {member.size} bytes")
            yield member
            self._check_body(member)
        self.ended = True
        self._check_tail()

    @property
    def started(self) -> bool:
        """Whether a first header was read; a file without one is no archive."""
        return self._tar is not None

    @property
    def within_member(self) -> bool:
        """Whether the last read was in the last member's body, not behind it."""
        return self._tar is not None and self._source.position < self._tar.offset

    def body(self, member: tarfile.TarInfo) -> bytes:
        """The bytes of `member`, which must be the last one that iteration gave."""
        self._source.seek(member.offset_data)
        data = self._source.body(member.size)
        if len(data) < member.size:
            raise Damaged(f"{member.name} is cut after {len(data)} of {member.size} bytes")
        return data

    def _check_body(self, member: tarfile.TarInfo) -> None:
        """Check that an unread body is whole; this needs the file's size."""
        assert self._tar is not None
        end = self._tar.offset  # the start of the next header, also after a link, which has a size but no body
        if not member.issparse():
            end = min(end, member.offset_data + member.size)
        if self._size is not None and end > self._size:
            left = max(self._size - member.offset_data, 0)
            raise Damaged(f"{member.name} is cut after {left} of {member.size} bytes")

    def _check_tail(self) -> None:
        """Check that only zeros follow the end: other data mean a hole in the file, or a second archive."""
        start = self._source.position
        while block := self._source.body(CHUNK):
            if block.count(0) < len(block):
                raise Damaged(f"data behind the end-of-archive block at byte {start - tarfile.BLOCKSIZE}")
