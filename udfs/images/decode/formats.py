"""Recognises image formats by their first bytes, never by a name, and tells whether they can be read here.

Pillow reads the common formats. AVIF, HEIF and JPEG XL are read if their decoder is installed; each decoder uses one
thread, because several images are decoded at a time anyway.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Final

# Pillow's names of the formats that it always reads, and their first bytes. A camera's MPO begins like a JPEG.
COMMON: Final[tuple[tuple[str, bytes], ...]] = (
    ("JPEG", b"\xff\xd8\xff"),
    ("PNG", b"\x89PNG\r\n\x1a\n"),
    ("GIF", b"GIF87a"),
    ("GIF", b"GIF89a"),
    ("BMP", b"BM"),
    ("TIFF", b"II*\x00"),
    ("TIFF", b"MM\x00*"),
    ("TIFF", b"II+\x00"),
    ("TIFF", b"MM\x00+"),
)
# The first bytes of a JPEG XL codestream, and of one in a container.
JXL: Final = (b"\xff\x0a", b"\x00\x00\x00\x0cJXL \r\n\x87\n")
# Formats that occur among images but are not read; they are named in the status.
OTHERS: Final[tuple[tuple[str, bytes], ...]] = (
    ("JPEG 2000", b"\x00\x00\x00\x0cjP  \r\n\x87\n"),
    ("JPEG 2000", b"\xff\x4f\xff\x51"),
    ("JPEG XR", b"II\xbc\x01"),
    ("Photoshop", b"8BPS"),
    ("Windows icon", b"\x00\x00\x01\x00"),
    ("OpenEXR", b"\x76\x2f\x31\x01"),
    ("Radiance HDR", b"#?RADIANCE"),
    ("PostScript", b"%!PS"),
    ("PDF", b"%PDF-"),
    *(("Netpbm", b"P%d%c" % (kind, blank)) for kind in range(1, 8) for blank in b" \t\r\n"),
)
# Lower-case beginnings, after blanks, of drawings and of the pages that a server sends if an image is gone.
TEXTS: Final = (("SVG", b"<svg"), ("HTML", b"<!doctype html"), ("HTML", b"<html"), ("XML", b"<?xml"))
# Brands of ISO base media files (ISO/IEC 14496-12, 23008-12). `mif1` and `msf1` only mean that it is an image.
AVIF: Final = frozenset({b"avif", b"avis"})
HEIF: Final = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"})
ANY_IMAGE: Final = frozenset({b"mif1", b"msf1"})
# The bytes that are inspected: more than enough for brands and for anything before a tag.
HEAD: Final = 512


def recognised(data: bytes) -> str | None:
    """The format of the bytes: Pillow's name, or the name of a format that is not read; None if it is not known."""
    head = bytes(data[:HEAD])
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "WEBP"
    if head.startswith(JXL):
        return "JXL"
    if head[4:8] == b"ftyp":
        return _branded(head)
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if text.startswith(b"<?xml") and b"<svg" in text:
        return "SVG"
    known = [name for name, mark in (*COMMON, *OTHERS) if head.startswith(mark)]
    return next(iter(known or [name for name, mark in TEXTS if text.startswith(mark)]), None)


def _branded(head: bytes) -> str:
    """The format of an ISO base media file by its brands: the major, then the version (no brand), the compatible."""
    size = int.from_bytes(head[:4], "big")
    brands = [head[at : at + 4] for at in (8, *range(16, min(size, len(head)), 4))]
    for brand in brands:
        if brand in AVIF:
            return "AVIF"
        if brand in HEIF:
            return "HEIF"
    return "HEIF" if ANY_IMAGE & set(brands) else f"video or raw photo ({brands[0].decode('latin-1').strip()})"


def needed(name: str) -> str | None:
    """The package that must be installed to read this format; None if none is lacking."""
    if name not in OPTIONAL:
        return None
    load, package = OPTIONAL[name]
    return None if _loads(load) else package


def is_read(name: str) -> bool:
    """Whether a decoder for this format exists, installed or not."""
    return name == "WEBP" or name in OPTIONAL or any(name == common for common, _ in COMMON)


@lru_cache
def _loads(load: Callable[[], None]) -> bool:
    try:
        load()
    except (ImportError, OSError):  # the package, or a shared library of it, is absent
        return False
    return True


def _load_avif() -> None:
    from PIL import AvifImagePlugin

    if not AvifImagePlugin.SUPPORTED:
        raise ImportError("Pillow was built without AVIF")
    AvifImagePlugin.DEFAULT_MAX_THREADS = 1


def _load_heif() -> None:
    import pillow_heif

    pillow_heif.register_heif_opener(decode_threads=1, thumbnails=False)


def _load_jxl() -> None:
    from pillow_jxl import JpegXLImagePlugin

    JpegXLImagePlugin.DECODE_THREADS = 0


OPTIONAL: Final[Mapping[str, tuple[Callable[[], None], str]]] = {
    "AVIF": (_load_avif, "Pillow 11.3 or newer"),
    "HEIF": (_load_heif, "pillow-heif"),
    "JXL": (_load_jxl, "pillow-jxl-plugin"),
}
