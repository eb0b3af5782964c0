"""Thumbnails of good images, and reasons for bad ones."""

from __future__ import annotations

import io
import struct
import zlib

import pytest
import tiny
from PIL import Image

from udfs.images.decode.policies import ImagePolicy
from udfs.images.decode.thumbnails import NoThumbnail, thumbnail


def bomb() -> bytes:
    """A PNG whose header promises 900 megapixels."""
    data = bytearray(tiny.picture(0))
    data[16:24] = struct.pack(">II", 30_000, 30_000)
    data[29:33] = struct.pack(">I", zlib.crc32(data[12:29]))
    return bytes(data)


def opened(data: bytes | NoThumbnail) -> Image.Image:
    assert isinstance(data, bytes)
    return Image.open(io.BytesIO(data))


def test_the_longer_side_is_limited_and_small_images_stay() -> None:
    assert opened(thumbnail(tiny.picture(0, 600, 300), 200)).size == (200, 100)
    small = opened(thumbnail(tiny.picture(0, 30, 20), 200))
    assert small.size == (30, 20) and small.format == "JPEG"
    large = io.BytesIO()
    Image.new("RGB", (2_000, 500), "red").save(large, "JPEG")
    found = opened(thumbnail(large.getvalue(), 360, "WEBP"))
    assert found.size == (360, 90) and found.format == "WEBP"


def test_it_stands_upright_on_white() -> None:
    image = Image.new("RGBA", (40, 20), (0, 0, 0, 0))
    exif = Image.Exif()
    exif[0x0112] = 6
    buffer = io.BytesIO()
    image.save(buffer, "PNG", exif=exif)
    found = opened(thumbnail(buffer.getvalue(), 100)).convert("RGB")
    assert found.size == (20, 40) and min(found.getpixel((10, 10))) > 250  # type: ignore[arg-type,type-var]


def test_a_bomb_of_jpeg_xl_is_refused_before_it_is_opened() -> None:
    pytest.importorskip("pillow_jxl", reason="no decoder for JPEG XL is installed")
    # 30 bits for each side: a gigapixel high and wide.
    bits = 3 << 1 | ((1 << 30) - 1) << 3 | 3 << 36 | ((1 << 30) - 1) << 38
    found = thumbnail(b"\xff\x0a" + bits.to_bytes(20, "little"), 100)
    assert isinstance(found, NoThumbnail) and f"{1 << 30} x {1 << 30} pixels, at most" in found.detail


def test_jpeg_xl_is_turned_once_and_broken_exif_costs_no_image() -> None:
    upright = io.BytesIO()
    Image.new("RGB", (40, 20), "red").save(upright, "JPEG", exif=b"Exif\x00\x00" + b"\xff" * 40)
    assert opened(thumbnail(upright.getvalue(), 100)).size == (40, 20)
    pytest.importorskip("pillow_jxl", reason="no encoder for JPEG XL is installed")
    exif = Image.Exif()
    exif[0x0112] = 6
    own = io.BytesIO()
    Image.new("RGB", (40, 20), "red").save(own, "JXL", exif=exif.tobytes())
    assert opened(thumbnail(own.getvalue(), 100)).size == (40, 20)


def test_a_policy_says_whether_a_cut_image_is_shown() -> None:
    cut = tiny.picture(0, 600, 300)[:-1_000]
    assert isinstance(thumbnail(cut, 100), NoThumbnail)
    padded = ImagePolicy(truncated="pad")
    assert opened(thumbnail(cut, 100, policy=padded)).size == (100, 50)
    for data in (b"", b"<svg onload='x'/>", tiny.picture(1)[:40], bomb()):
        found = thumbnail(data, 100, policy=padded)
        assert isinstance(found, NoThumbnail) and found.detail


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "0 bytes"),
        (b"<html>gone</html>", "HTML"),
        (tiny.picture(0)[:60], ""),
        (b"\xff\xd8\xff" + b"\x00" * 50, ""),
    ],
)
def test_bad_bytes_give_a_reason(data: bytes, reason: str) -> None:
    found = thumbnail(data, 100)
    assert isinstance(found, NoThumbnail) and reason in found.detail and found.detail
