"""Pillow's part in decoding: headers, every format but plain JPEG, and the conversion to RGB.

Pillow's switches (LOAD_TRUNCATED_IMAGES, MAX_IMAGE_PIXELS) and Python's warnings belong to the process. The first of
several threads sets them and the last one restores them; a thread with another policy waits until then.
"""

from __future__ import annotations

import io
import threading
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Final

import numpy as np
from PIL import Image, ImageFile, UnidentifiedImageError

from udfs import statuses
from udfs.images.decode.headers import ImageRejected
from udfs.images.decode.policies import ImagePolicy

# By default Pillow allocates an image in blocks of 16 MB, which the allocator keeps for each thread. Larger blocks are
# returned to the system when they are freed.
Image.core.set_block_size(64 << 20)

# EXIF 2.32, tag 0x0112.
ORIENTATION: Final = 0x0112


def open_header(data: bytes, name: str) -> Image.Image:
    """Read the header only; Pillow decodes no pixel here."""
    try:
        return Image.open(io.BytesIO(data), formats=(name,))
    except UnidentifiedImageError as error:
        raise ImageRejected(statuses.DECODE_ERROR, f"begins like {name}, but its header is damaged") from error


def orientation(image: Image.Image) -> int:
    """The EXIF orientation, 1 to 8. It is always 1 for a loaded TIFF, HEIF or JPEG XL: loading has turned it."""
    # A JPEG XL is turned by its own header, not by its EXIF, unless it is a JPEG that was packed without loss.
    if image.format == "JXL" and not getattr(image, "jpeg", False):
        return 1
    try:
        return int(image.getexif().get(ORIENTATION, 1))
    except Exception:  # broken EXIF raises nearly anything; the pixels may be fine, so the image counts as upright
        return 1


def to_rgb(image: Image.Image, policy: ImagePolicy) -> Image.Image:
    """Convert a loaded image of any mode to mode RGB, by the policy."""
    if policy.sixteen_bit == "scale" and image.mode in ("I", "F") or image.mode.startswith("I;16"):
        image = _to_eight_bit(image, policy)
    transparent = "A" in image.getbands() or "a" in image.getbands() or "transparency" in image.info
    if transparent and policy.alpha == "white":
        rgba = image.convert("RGBA")
        white = Image.new("RGB", rgba.size, "white")
        white.paste(rgba, mask=rgba.getchannel("A"))
        return white
    return image if image.mode == "RGB" else image.convert("RGB")


def _to_eight_bit(image: Image.Image, policy: ImagePolicy) -> Image.Image:
    """Convert grey of more than 8 bit to 8 bit.

    16 bit: the upper byte, as Pillow itself does for colour (65535 -> 255, and 257 k -> k). "clip": everything above
    255 is white. 32-bit integers and floats have no agreed white, so their own range is stretched.
    """
    values = np.asarray(image)
    if policy.sixteen_bit == "clip":
        return Image.fromarray(np.minimum(values, 255).astype(np.uint8))
    if image.mode.startswith("I;16"):
        return Image.fromarray((values >> 8).astype(np.uint8))
    finite = np.nan_to_num(values.astype(np.float32), posinf=0, neginf=0)
    low, high = float(finite.min()), float(finite.max())
    return Image.fromarray(((finite - low) * (255 / max(high - low, 1e-12))).astype(np.uint8))


class _Switches:
    """The process's switches, and the number of threads that decode under them."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._wanted: tuple[bool, int] | None = None
        self._threads = 0
        self._restore = ExitStack()

    @contextmanager
    def set_to(self, pad: bool, most_pixels: int) -> Iterator[None]:
        wanted = (pad, most_pixels)
        with self._changed:
            self._changed.wait_for(lambda: self._threads == 0 or self._wanted == wanted)
            if self._threads == 0:
                self._restore.enter_context(_switched(*wanted))
            self._wanted = wanted
            self._threads += 1
        try:
            yield
        finally:
            with self._changed:
                self._threads -= 1
                if self._threads == 0:
                    self._restore.close()
                    self._changed.notify_all()


_SWITCHES = _Switches()


@contextmanager
def switches(policy: ImagePolicy) -> Iterator[None]:
    """Set Pillow for this policy, without warnings; threads with the same settings may decode at the same time."""
    # Our own check of the header replaces Pillow's limit. Pillow's stays for a frame that outgrows its header while it
    # is decoded: it raises above twice the limit.
    with _SWITCHES.set_to(policy.truncated == "pad", max(1, policy.max_pixels)):
        yield


@contextmanager
def _switched(pad: bool, most_pixels: int) -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        before = ImageFile.LOAD_TRUNCATED_IMAGES, Image.MAX_IMAGE_PIXELS
        ImageFile.LOAD_TRUNCATED_IMAGES, Image.MAX_IMAGE_PIXELS = pad, most_pixels
        try:
            yield
        finally:
            ImageFile.LOAD_TRUNCATED_IMAGES, Image.MAX_IMAGE_PIXELS = before
