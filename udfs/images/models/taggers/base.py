"""What a tagger is: a model that scores every one of its labels for an image.

A family is one module beside this one with a function `build` and a function `identity`, named in `registry`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import torch

    from udfs.images.decode.preprocessing import Preprocessing


class Tagger(Protocol):
    """A loaded tagger on its device. Scores are comparable over images, between 0 and 1."""

    @property
    def labels(self) -> tuple[str, ...]:
        """The N distinct names that are scored."""

    @property
    def preprocessing(self) -> Preprocessing:
        """How an image becomes the pixels that `scores` takes."""

    def scores(self, pixels: torch.Tensor) -> torch.Tensor:
        """uint8 [B, 3, H, W] on the tagger's device to scores [B, N], float32, there.

        The rows do not depend on one another. Normalises the pixels itself, waits for nothing on the device (no
        `.item()`, no copy to the host), and is called without gradients, under autocast where the run asks for it.
        """
