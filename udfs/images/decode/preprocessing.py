"""From a decoded image to what a model takes: resized and cropped in 8 bit, normalised on the model's device.

A tensor is resized by torchvision, antialiased and on uint8: within a grey level of Pillow's resize, and several times
as fast. An image of Pillow's is resized by Pillow. Pixels stay uint8 until they are on the device, so that a quarter of
the bytes of float32 is copied.
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
# An RGB image of any size: uint8 [3, H, W], or Pillow's own.
Picture = torch.Tensor | Image.Image


@dataclass(frozen=True)
class Preprocessing:
    """How images of any size become pixels [3, *size] of one model.

    fit: "squash" gives up the aspect ratio; "shortest" resizes the shorter side; "longest" resizes the longer side and
    pads the rest with the grey levels `fill`. Sides are resized to size / crop, and the middle of the size is cut out.
    mean and std are of values from 0 to 1.
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
        """The same without what is done on the device: models of one geometry take the same uint8 pixels."""
        return replace(self, mean=(0.0, 0.0, 0.0), std=(1.0, 1.0, 1.0))

    def pixels(self, image: Picture) -> torch.Tensor:
        """An image to uint8 [3, *size], by the library that it is of."""
        resized = F.resize(image, self._target(*F.get_size(image)), InterpolationMode(self.interpolation))
        return self._middle(F.pil_to_tensor(resized) if isinstance(resized, Image.Image) else resized)

    def normalised(self, pixels: torch.Tensor) -> torch.Tensor:
        """uint8 [B, 3, *size] to float32 of the same shape, on the device of `pixels`."""
        mean, std = _constants(self.mean, self.std, pixels.device)
        return pixels.float().div_(255).sub_(mean).div_(std)

    def identity(self) -> dict[str, Any]:
        """The preprocessing for a spec."""
        return asdict(self)

    def _target(self, height: int, width: int) -> list[int]:
        """What torchvision is asked to resize to: [height, width], or [shorter side]. A very thin image keeps a pixel.

        As open_clip and timm do it: torchvision cuts off the longer side where the target is a square; their own code
        rounds everywhere else.
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
        """The middle of an image, padded where it is smaller than the size."""
        (height, width), (high, wide) = image.shape[-2:], self.size
        down, across = max(high - height, 0), max(wide - width, 0)
        if down or across:
            padding = [across // 2, down // 2, across - across // 2, down - down // 2]
            image = F.pad(image, padding, fill=list(self.fill))
        top, left = (round((side - wanted) / 2) for side, wanted in zip(image.shape[-2:], self.size, strict=True))
        return image[:, top : top + high, left : left + wide]


# Made once: to make a tensor on a GPU waits for all that runs there.
@lru_cache(maxsize=32)
def _constants(mean: Colour, std: Colour, device: torch.device) -> tuple[torch.Tensor, torch.Tensor]:
    return torch.tensor(mean, device=device).view(3, 1, 1), torch.tensor(std, device=device).view(3, 1, 1)
