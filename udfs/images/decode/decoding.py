"""Decodes an image's bytes to pixels or a status: never an exception, and never more memory than the policy allows.

The header is checked first. An image that passes is decoded: plain JPEGs by torchvision, all others by Pillow. If the
policy has Pillow resize, Pillow also decodes everything, because its own image costs less to hand over than a tensor.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import torch
from PIL import Image

from udfs import statuses
from udfs.images.decode import jpeg, jxl, pillow, png
from udfs.images.decode.headers import ImageRejected, check_size, image_format
from udfs.images.decode.policies import DEFAULT, ImagePolicy
from udfs.images.decode.preprocessing import Picture

Pixels = npt.NDArray[np.uint8]

# EXIF orientation -> the function that turns the stored picture [H, W, 3] upright.
UPRIGHT: Final[Mapping[int, Callable[[Pixels], Pixels]]] = {
    2: lambda pixels: pixels[:, ::-1],
    3: lambda pixels: pixels[::-1, ::-1],
    4: lambda pixels: pixels[::-1],
    5: lambda pixels: pixels.swapaxes(0, 1),
    6: lambda pixels: pixels.swapaxes(0, 1)[:, ::-1],
    7: lambda pixels: pixels.swapaxes(0, 1)[::-1, ::-1],
    8: lambda pixels: pixels.swapaxes(0, 1)[::-1],
}

# The largest allowed image takes about 1 GB while it is decoded. So images above 16 megapixels are decoded one at a
# time, whatever the number of threads.
LARGE: Final = 1 << 24
_LARGE_ONES = threading.Lock()


@dataclass(frozen=True)
class Decoded:
    """An RGB image with status ok, or no image and the reason.

    The image is uint8 [3, H, W], channels last in memory, or a Pillow image if the policy has Pillow resize it. format
    and size (width, height) are those of its header.
    """

    image: Picture | None
    status: str = statuses.OK
    detail: str | None = None
    format: str | None = None
    size: tuple[int, int] | None = None


def decode(data: bytes, policy: ImagePolicy = DEFAULT) -> Decoded:
    """Decode `data` to RGB; of an animation, the first frame.

    The formats are JPEG, MPO, PNG, WEBP, GIF, BMP, TIFF, and those of AVIF, HEIF and JPEG XL whose decoder is
    installed.
    """
    try:
        with pillow.switches(policy):
            return _decode(data, policy)
    except ImageRejected as rejected:
        return Decoded(None, rejected.status, rejected.detail)
    except Image.DecompressionBombError as error:
        return Decoded(None, statuses.TOO_LARGE, _said(error))
    # Hostile bytes make Pillow's parsers raise nearly anything (struct.error, KeyError, MemoryError, ...). Bad data
    # becomes a status at this boundary, so that one image never ends a task.
    except Exception as error:
        truncated = _is_truncation(error)
        return Decoded(None, statuses.TRUNCATED_IMAGE if truncated else statuses.DECODE_ERROR, _said(error))


def _decode(data: bytes, policy: ImagePolicy) -> Decoded:
    name = image_format(data, policy)
    try:
        return _decode_as(name, data, policy)
    # Pillow may refuse a PNG for its metadata: the second try is without them. Any other fault gives the same error.
    except Exception:
        bare = png.bare(data) if name == "PNG" else data
        if len(bare) == len(data):
            raise
        return _decode_as(name, bare, policy)


def _decode_as(name: str, data: bytes, policy: ImagePolicy) -> Decoded:
    # Opening a JPEG XL decodes it.
    image = None if name == "JXL" else pillow.open_header(data, name)
    size = jxl.size(data) if image is None else image.size
    check_size(size, policy)
    fast = name == "JPEG" and policy.resize == "torchvision"
    with _room(size):
        image = pillow.open_header(data, name) if image is None else image
        rgb: Pixels | Image.Image | None = jpeg.decode_plain(data) if fast else None
        if rgb is None:
            image.load()
            rgb = pillow.to_rgb(image, policy)
        turn = UPRIGHT.get(pillow.orientation(image)) if policy.exif_rotation else None
        if turn is not None:
            rgb = np.ascontiguousarray(turn(np.asarray(rgb)))
        return Decoded(_handed_over(rgb, policy), format=name, size=size)


def _handed_over(rgb: Pixels | Image.Image, policy: ImagePolicy) -> Picture:
    """A decoded image in the form of the library that resizes it."""
    if policy.resize == "pillow":
        return rgb if isinstance(rgb, Image.Image) else Image.fromarray(rgb)
    # torch warns that the array must not be written to; a copy would take another quarter of a gigabyte at the limit.
    return torch.from_numpy(np.asarray(rgb)).permute(2, 0, 1)


def _room(size: tuple[int, int]) -> AbstractContextManager[Any]:
    return _LARGE_ONES if size[0] * size[1] > LARGE else nullcontext()


def _is_truncation(error: Exception) -> bool:
    said = str(error).lower()
    return isinstance(error, EOFError) or "truncated" in said or "not enough" in said or "unexpected end" in said


def _said(error: Exception) -> str:
    """The error's text as one line."""
    return " ".join(f"{type(error).__name__}: {error}".split())[:300]
