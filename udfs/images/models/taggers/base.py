"""The interface of a tagger: a model that scores every one of its labels for an image.

A family of taggers is one module beside this one, with functions `build` and `identity`; `registry` lists it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import torch

    from udfs.images.decode.preprocessing import Preprocessing


class Tagger(Protocol):
    """A loaded tagger on its device. Scores lie between 0 and 1 and are comparable between images."""

    @property
    def labels(self) -> tuple[str, ...]:
        """The N distinct names that are scored."""

    @property
    def preprocessing(self) -> Preprocessing:
        """How an image becomes the pixels that `scores` takes."""

    def scores(self, pixels: torch.Tensor) -> torch.Tensor:
        """uint8 [B, 3, H, W] on the tagger's device -> scores [B, N], float32, on the same device.

        Rows do not depend on one another. The function normalises the pixels itself and does not wait for the device
        (no `.item()`, no copy to the host). It is called without gradients, and under autocast if the run asks for it.
        """
