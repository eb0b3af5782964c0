"""A PNG whose pixels are whole is read, whatever it says of itself, and within bounds."""

from __future__ import annotations

import io
import resource
import struct
import zlib

import numpy as np
import pytest
import torch
from PIL import Image

from udfs import statuses
from udfs.images.decode import png
from udfs.images.decode.decoding import Decoded, decode
from udfs.images.decode.policies import DEFAULT, PAPER, ImagePolicy
from udfs.images.decode.preparation import prepare
from udfs.images.decode.preprocessing import Preprocessing

VIEW = Preprocessing((32, 32), "squash", "bilinear", (0, 0, 0), (1, 1, 1))
MEBI = 1 << 20


def chunk(kind: bytes, body: bytes, checksum: int | None = None) -> bytes:
    checksum = zlib.crc32(kind + body) if checksum is None else checksum
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", checksum)


def plain(mode: str = "RGB", **options: object) -> bytes:
    pixels = np.random.default_rng(4).integers(0, 256, (30, 50, 4), dtype=np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels).convert(mode).save(file, "PNG", **options)
    return file.getvalue()


def with_chunks(data: bytes, *chunks: bytes, late: bool = False) -> bytes:
    """A PNG with chunks behind its header, or before its end."""
    at = len(data) - 12 if late else 8 + 25
    return data[:at] + b"".join(chunks) + data[at:]


TEXT = zlib.compress(b"x" * (3 * MEBI), 9)
# Pillow refuses each of these in one place or another.
SAID = {
    "a long compressed text": [chunk(b"zTXt", b"Comment\0\0" + TEXT)],
    "a long international text": [chunk(b"iTXt", b"Comment\0\1\0en\0\0" + TEXT)],
    "much text": [chunk(b"zTXt", b"k%d\0\0" % at + zlib.compress(b"y" * (MEBI - 9), 9)) for at in range(70)],
    "a text compressed in an unknown way": [chunk(b"zTXt", b"Comment\0\7" + TEXT)],
    "a text with another checksum": [chunk(b"tEXt", b"Comment\0hello", checksum=1)],
    "a large profile": [chunk(b"iCCP", b"icc\0\0" + TEXT)],
    "a profile compressed in an unknown way": [chunk(b"iCCP", b"icc\0\3" + TEXT)],
    "a profile that ends with its name": [chunk(b"iCCP", b"icc")],
    "a profile that is none": [chunk(b"iCCP", b"icc\0\0not compressed")],
    "a gamma of two bytes": [chunk(b"gAMA", b"\0\1")],
    "a resolution of two bytes": [chunk(b"pHYs", b"\0\1")],
    "a kind with another checksum": [chunk(b"prVt", b"private", checksum=2)],
}


@pytest.mark.parametrize("said", SAID)
@pytest.mark.parametrize("late", [False, True])
def test_its_pixels_are_those_of_the_same_file_without(said: str, late: bool) -> None:
    for mode in ("RGB", "RGBA", "P"):
        data = plain(mode)
        for policy in (DEFAULT, PAPER):
            expected, found = (
                prepare(one, [VIEW], policy) for one in (data, with_chunks(data, *SAID[said], late=late))
            )
            assert found.status == statuses.OK, (found.detail, mode, policy)
            assert torch.equal(found.pixels[0], expected.pixels[0])  # type: ignore[index]


def refused(data: bytes) -> Decoded:
    found = decode(data)
    assert found.image is None and found.detail
    return found


def test_transparency_and_rotation_are_kept() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    data = with_chunks(plain("P", transparency=3, exif=exif), *SAID["a large profile"])
    kinds = [kind for kind, *_ in png._chunks(png.bare(data))]
    assert {b"tRNS", b"eXIf"} <= set(kinds) and b"iCCP" not in kinds
    found = decode(data).image
    assert found is not None and found.shape == (3, 50, 30) and torch.equal(found, decode(png.bare(data)).image)


def test_exif_with_another_checksum_costs_the_rotation_alone() -> None:
    data = with_chunks(plain(), chunk(b"eXIf", b"MM\0*\0\0\0\x08", checksum=3))
    assert torch.equal(decode(data).image, decode(plain()).image)  # type: ignore[arg-type]


def test_pixels_that_are_not_whole_are_still_refused() -> None:
    data = with_chunks(plain(), *SAID["a long compressed text"])
    assert refused(data[:-200]).status == statuses.TRUNCATED_IMAGE
    damaged = bytearray(data)
    damaged[-60] ^= 255
    assert refused(bytes(damaged)).status in (statuses.TRUNCATED_IMAGE, statuses.DECODE_ERROR)


def test_a_size_is_refused_whatever_is_said_before_it() -> None:
    data = with_chunks(plain(), *SAID["a large profile"])
    assert decode(data, ImagePolicy(max_pixels=1499)).status == statuses.TOO_LARGE


def test_a_bomb_of_text_takes_no_memory() -> None:
    # 256 MB each, of 256 KB in the file.
    bomb = zlib.compress(bytes(256 * MEBI))
    data = with_chunks(plain(), *[chunk(b"zTXt", b"k\0\0" + bomb), chunk(b"iTXt", b"k\0\1\0\0\0" + bomb)] * 3)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert decode(data).status == statuses.OK and decode(data, PAPER).status == statuses.OK
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 64 * 1024


def test_what_breaks_off_is_kept_as_far_as_it_goes() -> None:
    said = chunk(b"tEXt", b"k\0v")
    data, at = with_chunks(plain(), said), 8 + 25
    assert png.bare(data) == plain()
    for end in range(8, len(data)):
        inside = at <= end < at + len(said)
        assert png.bare(data[:end]) == (data[:end] if end < at or inside else data[:at] + data[at + len(said) : end])
