"""Small JPEGs of images, for people to look at; no model sees them, and no torch is needed."""

from __future__ import annotations

import io
from dataclasses import dataclass

from PIL import Image, ImageOps

from udfs.images.decode import pillow
from udfs.images.decode.headers import ImageRejected, check_size, image_format
from udfs.images.decode.policies import DEFAULT

QUALITY = 82


@dataclass(frozen=True)
class NoThumbnail:
    """The reason why there is none."""

    detail: str


def thumbnail(data: bytes, side: int) -> bytes | NoThumbnail:
    """The image as a JPEG whose longer side has at most so many pixels; hostile bytes give a reason, never an error."""
    try:
        with pillow.switches(DEFAULT):
            return _thumbnail(data, side)
    except ImageRejected as rejected:
        return NoThumbnail(rejected.detail)
    # As in `udfs.images.decode.decoding`: broken bytes make Pillow raise nearly anything.
    except Exception as error:
        return NoThumbnail(" ".join(f"{type(error).__name__}: {error}".split())[:300])


def _thumbnail(data: bytes, side: int) -> bytes:
    image = pillow.open_header(data, image_format(data, DEFAULT))
    check_size(image.size, DEFAULT)
    # A large JPEG is decoded at a fraction of its size.
    image.draft("RGB", (side, side))
    image.load()
    small = pillow.to_rgb(ImageOps.exif_transpose(image), DEFAULT)
    small.thumbnail((side, side), Image.Resampling.LANCZOS)
    buffer = io.BytesIO()
    small.save(buffer, "JPEG", quality=QUALITY)
    return buffer.getvalue()
