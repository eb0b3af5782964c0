"""Policies: how images that are not plain 8-bit RGB are read, which library resizes images, and how large they may be.

A policy is part of the spec, because each of its values can change a score.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Final, Literal


@dataclass(frozen=True)
class ImagePolicy:
    """How an image is read.

    max_pixels: Pillow's own limit by default; an image with transparency then takes about 1 GB at the peak. resize:
    "pillow" gives exactly Pillow's pixels, "torchvision" gives pixels within a grey level of them at twice the speed.
    """

    exif_rotation: bool = True
    alpha: Literal["white", "drop"] = "white"
    sixteen_bit: Literal["scale", "clip"] = "scale"
    truncated: Literal["reject", "pad"] = "reject"
    resize: Literal["pillow", "torchvision"] = "torchvision"
    max_pixels: int = 89_478_485
    max_bytes: int = 64 * 1024 * 1024
    max_aspect: float = 1000.0

    def __post_init__(self) -> None:
        allowed = {
            "alpha": ("white", "drop"),
            "sixteen_bit": ("scale", "clip"),
            "truncated": ("reject", "pad"),
            "resize": ("pillow", "torchvision"),
        }
        for name, values in allowed.items():
            if getattr(self, name) not in values:
                raise ValueError(f"image policy {name}: {getattr(self, name)!r} is not one of {', '.join(values)}")
        for name in ("max_pixels", "max_bytes", "max_aspect"):
            if not getattr(self, name) > 0:
                raise ValueError(f"image policy {name}: {getattr(self, name)!r} must be above 0")

    def identity(self) -> dict[str, Any]:
        """The policy for a spec."""
        return asdict(self)


DEFAULT: Final = ImagePolicy()
# The way in which ram_plus reads its input: plain conversion to RGB, no rotation, a cut image up to the cut, and
# Pillow's pixels. Values that differed from these by a grey level moved probabilities by up to 2e-3.
PAPER: Final = ImagePolicy(exif_rotation=False, alpha="drop", sixteen_bit="clip", truncated="pad", resize="pillow")
