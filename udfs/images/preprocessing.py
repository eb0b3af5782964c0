"""From a decoded image to what a model takes: resized and cropped in 8 bit, normalised on the model's device.

Resizing is torchvision's antialiased one on uint8: within a grey level of Pillow's, and several times as fast. Pixels
stay uint8 until they are on the device, so that a quarter of the bytes of float32 is copied.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

import torch
from torchvision.transforms import InterpolationMode
from torchvision.transforms.v2 import functional as F

Colour = tuple[float, float, float]


@dataclass(frozen=True)
class Preprocessing:
    """How images of any size become pixels [3, *size] of one model.

    fit: "squash" gives up the aspect ratio; "shortest" resizes the shorter side to size / crop and cuts out the middle;
    "longest" resizes the longer side to the size and pads the rest with the grey level `fill`. mean and std are of
    values from 0 to 1.
    """

    size: tuple[int, int]
    fit: Literal["squash", "shortest", "longest"]
    interpolation: Literal["bilinear", "bicubic"]
    mean: Colour
    std: Colour
    crop: float = 1.0
    fill: int = 0

    def pixels(self, image: torch.Tensor) -> torch.Tensor:
        """uint8 [3, H, W] of any size to uint8 [3, *size]."""
        resized = F.resize(image, self._resized(*image.shape[-2:]), InterpolationMode(self.interpolation))
        return resized if self.fit == "squash" else self._middle(resized)

    def normalised(self, pixels: torch.Tensor) -> torch.Tensor:
        """uint8 [B, 3, *size] to float32 of the same shape, on the device of `pixels`."""
        mean, std = (torch.tensor(value, device=pixels.device).view(3, 1, 1) for value in (self.mean, self.std))
        return pixels.float().div_(255).sub_(mean).div_(std)

    def identity(self) -> dict[str, Any]:
        """The preprocessing for a spec."""
        return asdict(self)

    def _resized(self, height: int, width: int) -> list[int]:
        """[height, width] after resizing. A very thin image keeps a pixel."""
        if self.fit == "squash":
            return list(self.size)
        targets = [int(side / self.crop) for side in self.size]
        ratios = height / targets[0], width / targets[1]
        ratio = max(ratios) if self.fit == "longest" else min(ratios)
        # The side that fits is hit exactly. The other is cut off as torchvision does for the shorter side, and rounded
        # as open_clip does for the longer.
        whole = round if self.fit == "longest" else int
        return [
            target if own == ratio else max(1, whole(side / ratio))
            for side, own, target in zip((height, width), ratios, targets, strict=True)
        ]

    def _middle(self, image: torch.Tensor) -> torch.Tensor:
        """The middle of an image, padded where it is smaller than the size."""
        (height, width), (high, wide) = image.shape[-2:], self.size
        down, across = max(high - height, 0), max(wide - width, 0)
        if down or across:
            padding = [across // 2, down // 2, across - across // 2, down - down // 2]
            image = F.pad(image, padding, fill=self.fill)
        top, left = (round((side - wanted) / 2) for side, wanted in zip(image.shape[-2:], self.size, strict=True))
        return image[:, top : top + high, left : left + wide]
