"""Small pictures of samples: decoded under the limits of the stage `images`, and encoded anew.

So nothing of a file gets to a browser but its pixels. This needs Pillow and no torch.
"""

from __future__ import annotations

import io
import threading
from typing import Final

from PIL import Image, ImageOps

from udfs.images.decode import jxl, pillow
from udfs.images.decode.headers import ImageRejected, check_size, image_format
from udfs.images.decode.policies import ImagePolicy

SIDE: Final = 360  # pixels of the longer side, sharp at 180 points
QUALITY: Final = 80
POLICY: Final = ImagePolicy(resize="pillow", truncated="pad")
# The largest image that POLICY allows takes most of a gigabyte while it is decoded.
_ONE_AT_A_TIME = threading.Lock()


def thumbnail(data: bytes) -> bytes:
    """A WebP of at most SIDE pixels. Raises ValueError with the reason if the bytes are no image that can be shown."""
    try:
        with _ONE_AT_A_TIME, pillow.switches(POLICY):
            return _encoded(_small(data))
    except ImageRejected as rejected:
        raise ValueError(f"{rejected.status}: {rejected}") from None
    # Hostile bytes make Pillow's parsers raise nearly anything.
    except Exception as error:
        raise ValueError(f"decode_error: {type(error).__name__}") from error


def _small(data: bytes) -> Image.Image:
    name = image_format(data, POLICY)
    if name == "JXL":
        # Opening one decodes it.
        check_size(jxl.size(data), POLICY)
    image = pillow.open_header(data, name)
    check_size(image.size, POLICY)
    # A JPEG is decoded at an eighth, a quarter or half of its size if that is enough.
    image.draft("RGB", (SIDE, SIDE))
    image.load()
    turned = image if pillow.orientation(image) == 1 else ImageOps.exif_transpose(image)
    small = pillow.to_rgb(turned, POLICY)
    small.thumbnail((SIDE, SIDE))
    return small


def _encoded(image: Image.Image) -> bytes:
    written = io.BytesIO()
    image.save(written, "WEBP", quality=QUALITY)
    return written.getvalue()
