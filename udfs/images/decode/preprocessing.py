"""Turns a decoded image into a model's input: resized and cropped in 8 bit, normalised on the model's device.

torchvision resizes tensors, antialiased and on uint8: within a grey level of Pillow's resize, and several times as
fast. Pillow resizes its own images. Pixels stay uint8 until they are on the device, so that only a quarter of the bytes
of float32 is copied.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from typing import Any, Literal

import torch
from PIL import Image
from torchvision.transforms import InterpolationMode
from torchvision.transforms.v2 import functional as F

Colour = tuple[float, float, float]
# An RGB image of any size: uint8 [3, H, W], or a Pillow image.
Picture = torch.Tensor | Image.Image


@dataclass(frozen=True)
class Preprocessing:
    """How images of any size become pixels [3, *size] of one model.

    fit: "squash" ignores the aspect ratio; "shortest" resizes the shorter side; "longest" resizes the longer side and
    pads the rest with the colour `fill` (0 to 255). Sides are resized to size / crop, and then the middle is cut out at
    size. mean and std refer to values from 0 to 1.
    """

    size: tuple[int, int]
    fit: Literal["squash", "shortest", "longest"]
    interpolation: Literal["bilinear", "bicubic"]
    mean: Colour
    std: Colour
    crop: float = 1.0
    fill: tuple[int, int, int] = (0, 0, 0)

    @property
    def geometry(self) -> Preprocessing:
        """The part that is done before the device: models of one geometry take the same uint8 pixels."""
        return replace(self, mean=(0.0, 0.0, 0.0), std=(1.0, 1.0, 1.0))

    def pixels(self, image: Picture) -> torch.Tensor:
        """An image as uint8 [3, *size], resized by the library of the image."""
        resized = F.resize(image, self._target(*F.get_size(image)), InterpolationMode(self.interpolation))
        return self._middle(F.pil_to_tensor(resized) if isinstance(resized, Image.Image) else resized)

    def normalised(self, pixels: torch.Tensor) -> torch.Tensor:
        """uint8 [B, 3, *size] -> normalised float32 of the same shape, on the device of `pixels`."""
        mean, std = _constants(self.mean, self.std, pixels.device)
        return pixels.float().div_(255).sub_(mean).div_(std)

    def identity(self) -> dict[str, Any]:
        """The preprocessing for a spec."""
        return asdict(self)

    def _target(self, height: int, width: int) -> list[int]:
        """The size to resize to: [height, width], or [shorter side]. A very thin image keeps one pixel.

        This follows open_clip and timm: for a square target torchvision truncates the longer side to a whole number;
        in all other cases their own code rounds.
        """
        high, wide = (int(side / self.crop) for side in self.size)
        if self.fit == "squash":
            return [high, wide]
        if self.fit == "shortest" and high == wide:
            return [high]
        ratios = height / high, width / wide
        ratio = max(ratios) if self.fit == "longest" else min(ratios)
        return [max(1, round(height / ratio)), max(1, round(width / ratio))]

    def _middle(self, image: torch.Tensor) -> torch.Tensor:
        """The middle of an image, padded if the image is smaller than the size."""
        (height, width), (high, wide) = image.shape[-2:], self.size
        down, across = max(high - height, 0), max(wide - width, 0)
        if down or across:
            padding = [across // 2, down // 2, across - across // 2, down - down // 2]
            image = F.pad(image, padding, fill=list(self.fill))
        top, left = (round((side - wanted) / 2) for side, wanted in zip(image.shape[-2:], self.size, strict=True))
        return image[:, top : top + high, left : left + wide]


# Cached, because making a tensor on a GPU waits for everything that runs there.
@lru_cache(maxsize=32)
def _constants(mean: Colour, std: Colour, device: torch.device) -> tuple[torch.Tensor, torch.Tensor]:
    return torch.tensor(mean, device=device).view(3, 1, 1), torch.tensor(std, device=device).view(3, 1, 1)
