"""Reads the size of a JPEG XL image from its first bytes (ISO 18181-1, annex D); its decoder gives it too late."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from udfs import statuses
from udfs.images.decode.headers import ImageRejected

CODESTREAM: Final = b"\xff\x0a"
# The ratios of width to height, by their number; number 0 means that the width is written.
RATIOS: Final = ((0, 1), (1, 1), (12, 10), (4, 3), (3, 2), (16, 9), (5, 4), (2, 1))
# The number of bits of a side minus 1, by its code.
WIDTHS: Final = (9, 13, 18, 30)
# Two sides take 2 bytes and 68 bits.
HEAD: Final = 16


def size(data: bytes) -> tuple[int, int]:
    """(width, height) in pixels as stored; raises ImageRejected if the header is damaged."""
    head = data[:HEAD] if data.startswith(CODESTREAM) else _codestream(data)
    if len(head) < HEAD or not head.startswith(CODESTREAM):
        raise ImageRejected(statuses.DECODE_ERROR, "begins like JXL, but its header is damaged")
    bits = _Bits(int.from_bytes(head[2:], "little"))
    small = bits.take(1)
    height = _side(bits, small)
    over, under = RATIOS[bits.take(3)]
    return (height * over // under if over else _side(bits, small)), height


class _Bits:
    """Reads the bits of a number, lowest first."""

    def __init__(self, value: int) -> None:
        self._value = value

    def take(self, count: int) -> int:
        """The next bits as a number."""
        taken = self._value & ((1 << count) - 1)
        self._value >>= count
        return taken


def _side(bits: _Bits, small: int) -> int:
    return 8 * (bits.take(5) + 1) if small else bits.take(WIDTHS[bits.take(2)]) + 1


def _codestream(data: bytes) -> bytes:
    """The first bytes of the codestream in a container: in its box, or after the number of its first part."""
    for kind, at in _boxes(data):
        if kind in (b"jxlc", b"jxlp"):
            start = at + (4 if kind == b"jxlp" else 0)
            return data[start : start + HEAD]
    return b""


def _boxes(data: bytes) -> Iterator[tuple[bytes, int]]:
    """(kind, start of the content) of the boxes (ISO/IEC 14496-12), up to the first gap."""
    at = 0
    while at + 8 <= len(data):
        length, kind, header = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8], 8
        if length == 1:
            length, header = int.from_bytes(data[at + 8 : at + 16], "big"), 16
        yield kind, at + header
        if length < header:  # 0 means up to the end of the file
            return
        at += length
