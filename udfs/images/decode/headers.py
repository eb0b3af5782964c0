"""Checks an image before a pixel is decoded: whether its format is read, and whether it is too large.

A decompression bomb of 2.5 gigapixels costs a few kilobytes here.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from udfs import statuses
from udfs.images.decode import formats
from udfs.images.decode.policies import ImagePolicy

# Each scan of a progressive JPEG passes over the whole image, even an empty scan of a few bytes, so 64 MB could keep a
# decoder busy for hours. Encoders make about 10 scans; libjpeg-turbo's own tests stop at 500.
SCAN: Final = b"\xff\xda"
MOST_SCANS: Final = 500
# Bytes that are searched for scans at a time.
PIECE: Final = 1 << 20


class ImageRejected(Exception):
    """The image must not be decoded; carries its status."""

    def __init__(self, status: str, detail: str) -> None:
        super().__init__(detail)
        self.status, self.detail = status, detail


def image_format(data: bytes, policy: ImagePolicy) -> str:
    """Pillow's name of the bytes' format; raises ImageRejected if the format is not read, or the bytes are too many."""
    if not data:
        raise ImageRejected(statuses.EMPTY_IMAGE, "0 bytes")
    if len(data) > policy.max_bytes:
        raise ImageRejected(statuses.TOO_LARGE, f"{len(data)} bytes, at most {policy.max_bytes} allowed")
    name = formats.recognised(data)
    if name is None:
        raise ImageRejected(statuses.NOT_AN_IMAGE, f"begins with {bytes(data[:12])!r}")
    if not formats.is_read(name):
        raise ImageRejected(statuses.NOT_AN_IMAGE, f"{name}, a format that is not read")
    if package := formats.needed(name):
        raise ImageRejected(statuses.NOT_AN_IMAGE, f"{name}, for which no decoder is installed: install {package}")
    if name == "JPEG" and _scans(data) > MOST_SCANS:
        raise ImageRejected(statuses.TOO_LARGE, f"more than {MOST_SCANS} scans")
    return name


def _scans(data: bytes) -> int:
    """How often SCAN occurs; takes an eighth of the time of bytes.count, and most of it without Python's lock."""
    values = np.frombuffer(data, np.uint8)
    pieces = (values[at : at + PIECE + 1] for at in range(0, len(values), PIECE))
    return sum(int(np.count_nonzero((piece[:-1] == SCAN[0]) & (piece[1:] == SCAN[1]))) for piece in pieces)


def check_size(size: tuple[int, int], policy: ImagePolicy) -> None:
    """Raise ImageRejected for a size that the policy does not allow."""
    short, long = sorted(size)
    if short < 1:
        raise ImageRejected(statuses.DECODE_ERROR, f"{size[0]} x {size[1]} pixels")
    if short * long > policy.max_pixels:
        raise ImageRejected(statuses.TOO_LARGE, f"{size[0]} x {size[1]} pixels, at most {policy.max_pixels} allowed")
    if long > short * policy.max_aspect:
        raise ImageRejected(statuses.TOO_LARGE, f"{size[0]} x {size[1]} pixels, sides at most 1:{policy.max_aspect:g}")
