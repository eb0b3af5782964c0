"""Strips a PNG of its metadata, which change no pixel but may make Pillow refuse the file.

Pillow refuses text that is too long or too much, a colour profile that is damaged or large, a chunk that is cut short,
and a chunk whose checksum is wrong.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import Final

SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
# The chunks that are not critical and yet change an image: transparency and EXIF's rotation.
TRANSPARENCY: Final = b"tRNS"
EXIF: Final = b"eXIf"
# A chunk's length, kind and checksum.
FRAME: Final = 12


def bare(data: bytes) -> bytes:
    """The chunks of a PNG that change its pixels, and the rest of the bytes after the last whole chunk."""
    view = memoryview(data)
    kept: list[bytes | memoryview] = [SIGNATURE]
    at = len(SIGNATURE)
    for kind, start, end in _chunks(data):
        if _counts(kind, view[start:end]):
            kept.append(view[start:end])
        at = end
    return b"".join([*kept, view[at:]])


def _chunks(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    """(kind, start, end) of the chunks, up to the last whole one."""
    at = len(SIGNATURE)
    while at + FRAME <= len(data):
        end = at + FRAME + int.from_bytes(data[at : at + 4], "big")
        if end > len(data):
            return
        yield data[at + 4 : at + 8], at, end
        at = end


def _counts(kind: bytes, chunk: memoryview) -> bool:
    """Whether a chunk changes pixels; the name of a critical chunk begins with a capital (PNG, 5.4)."""
    if kind == EXIF:
        return zlib.crc32(chunk[4:-4]) == int.from_bytes(chunk[-4:], "big")
    return kind[:1].isupper() or kind == TRANSPARENCY
