"""Formats are known by their bytes: what can be read is, and what cannot is named, with what would read it."""

from __future__ import annotations

import builtins
import io
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from torchvision.transforms.v2.functional import pil_to_tensor

from udfs import statuses
from udfs.images.decode import formats, jxl
from udfs.images.decode.decoding import decode
from udfs.images.decode.policies import PAPER, ImagePolicy

# Pillow's name, and the module that has the decoder.
OPTIONAL = {"AVIF": "PIL.AvifImagePlugin", "HEIF": "pillow_heif", "JXL": "pillow_jxl"}
EACH = pytest.mark.parametrize("kind", OPTIONAL)


@pytest.fixture(autouse=True)
def _loaded(request: pytest.FixtureRequest) -> Iterator[None]:
    """Each format's decoder is there, or the test is skipped; what a test hides is found again after it."""
    kind = request.node.callspec.params.get("kind") if hasattr(request.node, "callspec") else None
    if kind in OPTIONAL:
        pytest.importorskip(OPTIONAL[kind], reason=f"no decoder for {kind} is installed")
        assert formats.needed(kind) is None
    yield
    formats._loads.cache_clear()


def saved(image: Image.Image, kind: str, **options: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def smooth(width: int = 60, height: int = 40) -> Image.Image:
    across, down = np.meshgrid(np.linspace(0, 255, width), np.linspace(0, 255, height))
    return Image.fromarray(np.stack([across, down, 255 - across], axis=2).astype(np.uint8))


@EACH
def test_what_has_a_decoder_is_read(kind: str) -> None:
    picture = smooth()
    for policy in (ImagePolicy(), PAPER):
        found = decode(saved(picture, kind, quality=95), policy)
        assert found.status == statuses.OK, found.detail
        pixels = pil_to_tensor(found.image) if isinstance(found.image, Image.Image) else found.image
        assert np.abs(pixels.permute(1, 2, 0).numpy().astype(int) - np.asarray(picture)).mean() < 6


@EACH
@pytest.mark.parametrize("mode", ["RGBA", "L"])
def test_other_modes_are_read(kind: str, mode: str) -> None:
    image = smooth().convert(mode)
    if mode == "RGBA":
        image.putalpha(0)
    found = decode(saved(image, kind)).image
    assert found is not None and found.shape == (3, 40, 60)
    # Transparent all over: composited on white.
    assert mode == "L" or found.min() >= 250


@EACH
def test_a_picture_is_turned_once(kind: str) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    data = saved(smooth(), kind, exif=exif.tobytes())
    found = decode(data)
    assert found.image is not None
    # The encoder of JPEG XL leaves its own rotation at none, and EXIF's does not count in it.
    assert found.image.shape == ((3, 40, 60) if kind == "JXL" else (3, 60, 40))


@EACH
def test_the_size_is_known_before_a_pixel_is_decoded(kind: str) -> None:
    found = decode(saved(smooth(), kind), ImagePolicy(max_pixels=2399))
    assert (found.status, found.detail) == (statuses.TOO_LARGE, "60 x 40 pixels, at most 2399 allowed")


@EACH
def test_what_is_damaged_ends_in_a_status(kind: str) -> None:
    data, random_ = saved(smooth(), kind), random.Random(2)
    seen = set()
    for number in range(60):
        damaged = bytearray(data[: random_.randrange(20, len(data))] if number % 2 else data)
        damaged[random_.randrange(12, len(damaged))] ^= 1 << random_.randrange(8)
        found = decode(bytes(damaged), (ImagePolicy(), PAPER)[number % 3 == 0])
        assert (found.image is None) == (found.status != statuses.OK)
        assert "\n" not in (found.detail or "")
        seen.add(found.status)
    assert seen & {statuses.DECODE_ERROR, statuses.TRUNCATED_IMAGE}


@EACH
def test_without_its_decoder_an_image_is_named_with_what_to_install(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    data = saved(smooth(), kind)
    real = builtins.__import__

    def hidden(name: str, globals: Any = None, locals: Any = None, fromlist: Any = (), level: int = 0) -> Any:
        if name == OPTIONAL[kind] or (name == "PIL" and "AvifImagePlugin" in (fromlist or ())):
            raise ImportError(name)
        return real(name, globals, locals, fromlist, level)

    formats._loads.cache_clear()
    monkeypatch.setattr(builtins, "__import__", hidden)
    found = decode(data)
    assert found.status == statuses.NOT_AN_IMAGE
    assert found.detail == f"{kind}, for which no decoder is installed: install {formats.OPTIONAL[kind][1]}"


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"\x00\x00\x00\x18ftypmif1\x00\x00\x00\x00mif1avif" + b"\0" * 20, "AVIF"),
        (b"\x00\x00\x00\x18ftypmif1\x00\x00\x00\x00mif1heic" + b"\0" * 20, "HEIF"),
        (b"\x00\x00\x00\x10ftypmif1\x00\x00\x00\x00avifnot a brand", "HEIF"),
        (b"\x00\x00\x00\x18ftypqt  \x00\x00\x00\x00qt  \0\0\0\0", "video or raw photo (qt)"),
        (b"\x00\x00\x00\x18ftypcrx \x00\x00\x00\x01crx isom", "video or raw photo (crx)"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "WEBP"),
        (b"RIFF\x00\x00\x00\x00WAVEfmt ", None),
        (b"  <!DOCTYPE html><html>", "HTML"),
        (b"\xef\xbb\xbf\n<HTML lang=en>", "HTML"),
        (b'<?xml version="1.0"?>\n<!-- drawn -->\n<svg xmlns="', "SVG"),
        (b'<?xml version="1.0"?><Error><Code>AccessDenied', "XML"),
        (b"P6\n4 4\n255\n", "Netpbm"),
        (b"P6x", None),
        (b"8BPS\x00\x01", "Photoshop"),
        (b"\xff\x4f\xff\x51\x00", "JPEG 2000"),
        (b"%PDF-1.7", "PDF"),
        (b"", None),
        (b"ftyp", None),
    ],
)
def test_a_format_is_known_by_its_bytes(data: bytes, name: str | None) -> None:
    assert formats.recognised(data) == name


def test_a_format_that_is_not_read_is_named() -> None:
    for data, said in ((b"8BPS\x00\x01", "Photoshop, a format"), (b"<html>", "HTML, a format"), (b"nothing", "begins")):
        found = decode(data)
        assert found.status == statuses.NOT_AN_IMAGE and (found.detail or "").startswith(said)


def test_a_big_tiff_is_a_tiff() -> None:
    data = saved(smooth(), "TIFF", big_tiff=True)
    assert data.startswith(b"II+\0") and decode(data).status == statuses.OK


@pytest.mark.parametrize("size", [(8, 8), (256, 8), (60, 40), (40, 60), (640, 480), (1920, 1080), (1, 1), (9000, 3)])
@pytest.mark.parametrize("boxed", [False, True])
def test_the_size_of_a_jpeg_xl_is_read_off_its_header(size: tuple[int, int], boxed: bool) -> None:
    pytest.importorskip("pillow_jxl", reason="no encoder for JPEG XL is installed")
    formats.needed("JXL")
    # EXIF needs a container.
    data = saved(Image.new("RGB", size, "red"), "JXL", **({"exif": Image.Exif().tobytes()} if boxed else {}))
    assert data.startswith(b"\xff\x0a") != boxed
    assert jxl.size(data) == size


def test_a_bomb_of_jpeg_xl_is_not_decoded() -> None:
    # 30 bits for each side: a gigapixel high and wide.
    bits = 3 << 1 | ((1 << 30) - 1) << 3 | 3 << 36 | ((1 << 30) - 1) << 38
    pytest.importorskip("pillow_jxl", reason="no decoder for JPEG XL is installed")
    found = decode(b"\xff\x0a" + bits.to_bytes(20, "little"))
    assert found.status == statuses.TOO_LARGE and str(1 << 30) in (found.detail or "")


def test_the_folder_of_reports_is_read(shared: Path) -> None:
    folder = shared / "corpora" / "reports" / "folder" / "dog"
    for name in ("b.jfif", "a.JPG", "c.avif"):
        if name.endswith("avif"):
            pytest.importorskip("PIL.AvifImagePlugin", reason="this Pillow has no AVIF")
        assert decode((folder / name).read_bytes()).status == statuses.OK, name


@pytest.mark.parametrize("kind", ["JPEG", "WEBP", "TIFF", "AVIF", "HEIF"])
def test_a_broken_colour_profile_does_not_cost_the_image(kind: str) -> None:
    assert decode(saved(smooth(), kind, icc_profile=b"no profile" * 50)).status == statuses.OK
