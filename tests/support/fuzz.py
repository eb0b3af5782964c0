"""Damaged images, the same for a seed: flipped bits, cuts, splices, and headers that promise enormous sizes."""

from __future__ import annotations

import io
import random
import struct
import zlib
from collections.abc import Callable

import numpy as np
from PIL import Image

KINDS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF")
# How each format is saved, by turns.
VARIANTS: dict[str, tuple[dict[str, object], ...]] = {
    "JPEG": ({}, {"progressive": True}, {"subsampling": 0}, {"subsampling": 1}, {"restart_marker_blocks": 2}),
    "PNG": ({}, {"interlace": 1}),
    "WEBP": ({}, {"lossless": True}),
    "TIFF": ({}, {"compression": "tiff_lzw"}, {"compression": "tiff_adobe_deflate"}),
}
MODES = ("RGB", "RGB", "L", "RGB", "CMYK", "P", "RGBA", "LA", "I;16")
TAKEN = {
    "JPEG": {"RGB", "L", "CMYK"},
    "WEBP": {"RGB", "RGBA"},
    "GIF": {"RGB", "L", "P"},
    "BMP": {"RGB", "L", "P"},
    "PNG": {"RGB", "L", "P", "RGBA", "LA", "I;16"},
}


def damaged(number: int) -> bytes:
    """The image of this number; every eighth is whole."""
    random_ = random.Random(number)
    data = intact(number)
    how: tuple[Callable[[bytes, random.Random], bytes], ...] = (flipped, cut, spliced, enormous)
    for _ in range((0, 1, 1, 2, 1, 1, 3, 1)[number % 8]):
        data = random_.choice(how)(data, random_)
    return data


def intact(number: int) -> bytes:
    """A small picture in one of the formats and their variants."""
    kind = KINDS[number % len(KINDS)]
    mode = MODES[number // len(KINDS) % len(MODES)]
    mode = mode if mode in TAKEN.get(kind, set(MODES)) else "RGB"
    coarse = np.random.default_rng(number).integers(0, 256, (5, 6, 3), dtype=np.uint8)
    width, height = 30 + number % 37, 20 + number % 23
    image = Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC)
    image = image.convert("L").convert("I;16") if mode == "I;16" else image.convert(mode)
    options = VARIANTS.get(kind, ({},))
    file = io.BytesIO()
    image.save(file, kind, **options[number // 7 % len(options)])
    return file.getvalue()


def flipped(data: bytes, random_: random.Random) -> bytes:
    """One to 16 bits flipped, half of the time among the first 64 bytes."""
    found = bytearray(data)
    for _ in range(random_.randint(1, 16)):
        end = min(len(found), 64) if random_.random() < 0.5 else len(found)
        if end:
            found[random_.randrange(end)] ^= 1 << random_.randrange(8)
    return bytes(found)


def cut(data: bytes, random_: random.Random) -> bytes:
    """The end missing, a piece from the middle, or the end mark put behind the cut."""
    at = random_.randrange(len(data) + 1)
    if random_.random() < 0.3:
        return data[:at] + data[at + random_.randrange(64) :]
    return data[:at] + (b"\xff\xd9" if random_.random() < 0.5 else b"")


def spliced(data: bytes, random_: random.Random) -> bytes:
    """The beginning of this and the end of another image, perhaps of another format."""
    other = intact(random_.randrange(1000))
    return data[: random_.randrange(len(data) + 1)] + other[random_.randrange(len(other)) :]


def enormous(data: bytes, random_: random.Random) -> bytes:
    """A header that says up to 65,535 pixels a side, or four thousand million where the format has room for it."""
    side = random_.choice((0, 1, 4000, 9000, 20_000, 65_535))
    found = bytearray(data)
    if data.startswith(b"\x89PNG"):
        found[16:24] = struct.pack(">II", side, random_.choice((3, side, 2**31 - 1)))
        found[29:33] = struct.pack(">I", zlib.crc32(found[12:29]))
    elif data.startswith(b"\xff\xd8") and (at := max(data.find(b"\xff\xc0"), data.find(b"\xff\xc2"))) > 0:
        found[at + 5 : at + 9] = struct.pack(">HH", side, random_.choice((3, side)))
    elif data.startswith(b"GIF"):
        found[6:10] = struct.pack("<HH", side, side)
    elif data.startswith(b"BM"):
        found[18:26] = struct.pack("<ii", side, random_.choice((3, side, -side)))
    elif data.startswith(b"RIFF") and len(data) > 30:
        found[26:30] = struct.pack("<HH", side & 0x3FFF, side & 0x3FFF)
    elif data[:4] == b"II*\0":
        # The values of the first two entries of the directory: width and height.
        at = struct.unpack("<I", data[4:8])[0] + 2
        found[at + 8 : at + 12] = struct.pack("<I", side)
        found[at + 20 : at + 24] = struct.pack("<I", random_.choice((3, side)))
    return bytes(found[: len(data)])
