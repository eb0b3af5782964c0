"""Bytes of an image in, an RGB image or a status out: never an exception, and never more memory than the
policy allows.

The header is read first and judged by what the bytes are, not by a name. Only an image that passes is
decoded, so that a bomb of 2.5 gigapixels costs a few kilobytes. Policies are part of the spec: each can
change a score.
"""

from __future__ import annotations

import io
import threading
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields
from typing import Any, Final, Literal

import numpy as np
from PIL import Image, ImageFile, UnidentifiedImageError

from udfs import statuses

# What Pillow calls the format, and the bytes at the beginning that are its mark. A camera's MPO begins as a
# JPEG.
MARKS: Final[tuple[tuple[str, bytes], ...]] = (
    ("JPEG", b"\xff\xd8\xff"),
    ("PNG", b"\x89PNG\r\n\x1a\n"),
    ("GIF", b"GIF87a"),
    ("GIF", b"GIF89a"),
    ("BMP", b"BM"),
    ("TIFF", b"II*\x00"),
    ("TIFF", b"MM\x00*"),
)

# EXIF orientation -> what turns the stored picture upright (EXIF 2.32, tag 0x0112).
ORIENTATION: Final = 0x0112
UPRIGHT: Final[Mapping[int, Image.Transpose]] = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}

# Pillow's switches belong to the process. Spark's workers are processes with one thread, so that the lock is
# free there.
_SWITCHES = threading.Lock()


@dataclass(frozen=True)
class ImagePolicy:
    """How an image is read. `max_pixels` is Pillow's own limit: about 1 GB at the peak for an image with
    transparency.
    """

    exif_rotation: bool = True
    alpha: Literal["white", "drop"] = "white"
    sixteen_bit: Literal["scale", "clip"] = "scale"
    truncated: Literal["reject", "pad"] = "reject"
    max_pixels: int = 89_478_485
    max_bytes: int = 64 * 1024 * 1024
    max_aspect: float = 1000.0

    def __post_init__(self) -> None:
        allowed = {
            "alpha": ("white", "drop"),
            "sixteen_bit": ("scale", "clip"),
            "truncated": ("reject", "pad"),
        }
        for name, values in allowed.items():
            if getattr(self, name) not in values:
                raise ValueError(f"image policy {name}: {getattr(self, name)!r} is not one of {', '.join(values)}")
        for name in ("max_pixels", "max_bytes", "max_aspect"):
            if not getattr(self, name) > 0:
                raise ValueError(f"image policy {name}: {getattr(self, name)!r} must be above 0")

    @classmethod
    def from_settings(cls, settings: Mapping[str, Any]) -> ImagePolicy:
        """A policy of the named keys, the others by default; an unknown key is refused."""
        known = {field.name for field in fields(cls)}
        if unknown := sorted(set(settings) - known):
            raise ValueError(f"image policy: unknown {', '.join(unknown)}; known are {', '.join(sorted(known))}")
        return cls(**settings)

    def identity(self) -> dict[str, Any]:
        """The policy for a spec."""
        return asdict(self)


DEFAULT: Final = ImagePolicy()
# As ram_plus reads its input: plain conversion to RGB, no rotation, and a cut image as far as it goes.
PAPER: Final = ImagePolicy(exif_rotation=False, alpha="drop", sixteen_bit="clip", truncated="pad")
POLICIES: Final[Mapping[str, ImagePolicy]] = {"default": DEFAULT, "paper": PAPER}


@dataclass(frozen=True)
class Decoded:
    """An RGB image with status ok, or no image and the reason."""

    image: Image.Image | None
    status: str = statuses.OK
    detail: str | None = None


class _Rejected(Exception):
    def __init__(self, status: str, detail: str) -> None:
        super().__init__(detail)
        self.status, self.detail = status, detail


def decode(data: bytes, policy: ImagePolicy = DEFAULT) -> Decoded:
    """Decode `data` (JPEG, MPO, PNG, WEBP, GIF, BMP or TIFF; of an animation, the first frame) to RGB."""
    try:
        with _pillow(policy):
            return Decoded(_decode(data, policy))
    except _Rejected as rejected:
        return Decoded(None, rejected.status, rejected.detail)
    except Image.DecompressionBombError as error:
        return Decoded(None, statuses.TOO_LARGE, _said(error))
    # Hostile bytes make Pillow's parsers raise nearly anything (struct.error, KeyError, MemoryError, ...): at
    # this boundary bad data becomes a status, and one image never ends a task.
    except Exception as error:
        truncated = _is_truncation(error)
        return Decoded(None, statuses.TRUNCATED_IMAGE if truncated else statuses.DECODE_ERROR, _said(error))


def _decode(data: bytes, policy: ImagePolicy) -> Image.Image:
    name = _format(data, policy)
    image = _open(data, name)
    _check_size(image.size, policy)
    image.load()
    # A TIFF is turned upright by Pillow itself, which then takes the tag away.
    turn = UPRIGHT.get(_orientation(image)) if policy.exif_rotation else None
    rgb = _to_rgb(image, policy)
    return rgb.transpose(turn) if turn is not None else rgb


def _format(data: bytes, policy: ImagePolicy) -> str:
    if not data:
        raise _Rejected(statuses.EMPTY_IMAGE, "0 bytes")
    if len(data) > policy.max_bytes:
        raise _Rejected(statuses.TOO_LARGE, f"{len(data)} bytes, at most {policy.max_bytes} allowed")
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "WEBP"
    for name, mark in MARKS:
        if data.startswith(mark):
            return name
    raise _Rejected(statuses.NOT_AN_IMAGE, f"begins with {bytes(data[:12])!r}")


def _open(data: bytes, name: str) -> Image.Image:
    """Read the header only: Pillow decodes no pixel here."""
    try:
        return Image.open(io.BytesIO(data), formats=(name,))
    except UnidentifiedImageError as error:
        raise _Rejected(statuses.DECODE_ERROR, f"begins like {name}, but its header is damaged") from error


def _check_size(size: tuple[int, int], policy: ImagePolicy) -> None:
    short, long = sorted(size)
    if short < 1:
        raise _Rejected(statuses.DECODE_ERROR, f"{size[0]} x {size[1]} pixels")
    if short * long > policy.max_pixels:
        raise _Rejected(statuses.TOO_LARGE, f"{size[0]} x {size[1]} pixels, at most {policy.max_pixels} allowed")
    if long > short * policy.max_aspect:
        raise _Rejected(statuses.TOO_LARGE, f"{size[0]} x {size[1]} pixels, sides at most 1:{policy.max_aspect:g}")


def _orientation(image: Image.Image) -> int:
    try:
        return int(image.getexif().get(ORIENTATION, 1))
    except Exception:  # broken EXIF raises nearly anything, and says nothing about the pixels: taken as upright
        return 1


def _to_rgb(image: Image.Image, policy: ImagePolicy) -> Image.Image:
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
    """Grey of more than 8 bit to 8 bit.

    16 bit: the upper byte, as Pillow itself does for colour (65535 -> 255, and 257 k -> k). "clip":
    everything above 255 is white. 32-bit integers and floats have no agreed white: their own range is
    stretched.
    """
    values = np.asarray(image)
    if policy.sixteen_bit == "clip":
        return Image.fromarray(np.minimum(values, 255).astype(np.uint8))
    if image.mode.startswith("I;16"):
        return Image.fromarray((values >> 8).astype(np.uint8))
    finite = np.nan_to_num(values.astype(np.float32), posinf=0, neginf=0)
    low, high = float(finite.min()), float(finite.max())
    return Image.fromarray(((finite - low) * (255 / max(high - low, 1e-12))).astype(np.uint8))


@contextmanager
def _pillow(policy: ImagePolicy) -> Iterator[None]:
    """Pillow's process-wide switches for one decode, put back afterwards; our own size check stands in for
    its limit.
    """
    with _SWITCHES, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        before = ImageFile.LOAD_TRUNCATED_IMAGES, Image.MAX_IMAGE_PIXELS
        ImageFile.LOAD_TRUNCATED_IMAGES = policy.truncated == "pad"
        # A frame that outgrows its header while it is decoded: Pillow raises above twice its limit.
        Image.MAX_IMAGE_PIXELS = max(1, policy.max_pixels)
        try:
            yield
        finally:
            ImageFile.LOAD_TRUNCATED_IMAGES, Image.MAX_IMAGE_PIXELS = before


def _is_truncation(error: Exception) -> bool:
    said = str(error).lower()
    return isinstance(error, EOFError) or "truncated" in said or "not enough" in said or "unexpected end" in said


def _said(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:300]
