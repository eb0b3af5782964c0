"""Small pictures of images, for people to look at: decoded under a policy's limits, and encoded anew.

So nothing of a file gets to a browser but its pixels. No model sees them, and no torch is needed.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Final, Literal

from PIL import Image, ImageOps

from udfs.images.decode import jxl, pillow
from udfs.images.decode.headers import ImageRejected, check_size, image_format
from udfs.images.decode.policies import DEFAULT, ImagePolicy

Encoding = Literal["JPEG", "WEBP"]

QUALITY: Final[dict[Encoding, int]] = {"JPEG": 82, "WEBP": 80}


@dataclass(frozen=True)
class NoThumbnail:
    """The reason why there is none."""

    detail: str


def thumbnail(
    data: bytes, side: int, encoding: Encoding = "JPEG", policy: ImagePolicy = DEFAULT
) -> bytes | NoThumbnail:
    """The image, its longer side of at most so many pixels; hostile bytes give a reason, never an error."""
    try:
        with pillow.switches(policy):
            return _encoded(_small(data, side, policy), encoding)
    except ImageRejected as rejected:
        return NoThumbnail(rejected.detail)
    # As in `udfs.images.decode.decoding`: broken bytes make Pillow raise nearly anything.
    except Exception as error:
        return NoThumbnail(" ".join(f"{type(error).__name__}: {error}".split())[:300])


def _small(data: bytes, side: int, policy: ImagePolicy) -> Image.Image:
    name = image_format(data, policy)
    if name == "JXL":
        # Opening one decodes it.
        check_size(jxl.size(data), policy)
    image = pillow.open_header(data, name)
    check_size(image.size, policy)
    # A large JPEG is decoded at a fraction of its size.
    image.draft("RGB", (side, side))
    image.load()
    upright = image if pillow.orientation(image) == 1 else ImageOps.exif_transpose(image)
    small = pillow.to_rgb(upright, policy)
    small.thumbnail((side, side), Image.Resampling.LANCZOS)
    return small


def _encoded(image: Image.Image, encoding: Encoding) -> bytes:
    written = io.BytesIO()
    image.save(written, encoding, quality=QUALITY[encoding])
    return written.getvalue()
