"""Thumbnails of good images, and reasons for bad ones."""

from __future__ import annotations

import io

import pytest
import tiny
from PIL import Image

from udfs.images.decode.thumbnails import NoThumbnail, thumbnail


def opened(data: bytes | NoThumbnail) -> Image.Image:
    assert isinstance(data, bytes)
    return Image.open(io.BytesIO(data))


def test_the_longer_side_is_limited_and_small_images_stay() -> None:
    assert opened(thumbnail(tiny.picture(0, 600, 300), 200)).size == (200, 100)
    small = opened(thumbnail(tiny.picture(0, 30, 20), 200))
    assert small.size == (30, 20) and small.format == "JPEG"


def test_it_stands_upright_on_white() -> None:
    image = Image.new("RGBA", (40, 20), (0, 0, 0, 0))
    exif = Image.Exif()
    exif[0x0112] = 6
    buffer = io.BytesIO()
    image.save(buffer, "PNG", exif=exif)
    found = opened(thumbnail(buffer.getvalue(), 100)).convert("RGB")
    assert found.size == (20, 40) and min(found.getpixel((10, 10))) > 250  # type: ignore[arg-type,type-var]


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
