"""What a tagger is: a model that scores every one of its labels for an image.

A family is one module beside this one with a function `build` and a function `identity`, named in `registry`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import numpy as np
import numpy.typing as npt
from PIL import Image

if TYPE_CHECKING:
    import torch


class Tagger(Protocol):
    """A loaded tagger on its device. Scores are comparable over images, between 0 and 1."""

    @property
    def labels(self) -> tuple[str, ...]:
        """The N distinct names that are scored."""

    def preprocess(self, image: Image.Image) -> torch.Tensor:
        """An RGB image of any size to float32 [3, H, W], the same H and W for every image."""

    def scores(self, pixels: torch.Tensor) -> npt.NDArray[np.float32]:
        """Preprocessed images [B, 3, H, W] to scores [B, N]; the rows do not depend on one another."""
