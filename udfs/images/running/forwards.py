"""Forwards of one shape. Kernels are chosen by shape and differ in the last bits: were a batch as large as the images
that happen to be in it, an image's scores would depend on how a corpus is partitioned.

In float32 the model and the device alone decide how many images are in a forward, so that the batch size does not
matter either. In float16 it is a whole batch. What is lacking is filled up with images that nobody looks at.
"""

from __future__ import annotations

import logging
from collections.abc import Hashable, Mapping, Sequence
from typing import Any, Final, Literal, Protocol

import torch

from udfs.images.decode.preprocessing import Preprocessing
from udfs.images.device.cores import side_by_side

log = logging.getLogger(__name__)

Precision = Literal["float32", "float16"]
# Pixels of a float32 forward: 4 images of 224 x 224 on a CPU, 32 on a GPU. Of small images more go through at once, as
# the overhead of a forward weighs more: a model of 32 x 32 took twice the time an image at 8 that it took at 32. Larger
# ones gain nothing: on a CPU RAM++ is as fast alone, and EfficientNet-Lite0 slower by a third at 8 than at 4.
PIXELS: Final[Mapping[str, int]] = {"cpu": 4 * 224 * 224, "cuda": 32 * 224 * 224}
MOST: Final = 32
# Images of a forward where the usual number did not fit into a device's memory, as long as this process lives.
_SMALLER: dict[Hashable, int] = {}


class ImageNetwork(Protocol):
    """What images go through: one model or several, on one device."""

    @property
    def views(self) -> tuple[Preprocessing, ...]:
        """The different pixels that it takes of an image."""

    @property
    def device(self) -> torch.device:
        """Where it computes."""

    @property
    def precision(self) -> Precision:
        """float16: matrix products under autocast."""

    @property
    def batch_size(self) -> int:
        """Images that are copied to the device together."""

    @property
    def loaded(self) -> Hashable:
        """The loaded models, by which what fits into the device is remembered."""

    def forward(self, pixels: Sequence[torch.Tensor]) -> Mapping[str, torch.Tensor]:
        """uint8 [B, 3, H, W] of each view, on the device, to outputs [B, ...] by name, there."""

    def found(self, outputs: Mapping[str, Any]) -> Sequence[Any]:
        """The outputs of B images, copied to the host as arrays, image by image."""


def usual_step(network: ImageNetwork, precision: Precision) -> int:
    """Images of a forward: in float32 a power of two, 32 of them at most, and never 2.

    MKL takes the rows of a product by fours and what is left in another way: rows of a token or label each are left
    over from 2 images, so that an image's place among them would move the last bits, but not from 4.
    """
    if precision == "float16":
        return network.batch_size
    largest = max(view.size[0] * view.size[1] for view in network.views)
    fitting = max(1, PIXELS[network.device.type] // largest)
    return min(MOST, 1 << (fitting.bit_length() - 1)) if fitting >= 4 else 1


def places(network: ImageNetwork) -> int:
    """Images of a batch: the batch size, rounded up to whole forwards."""
    step = usual_step(network, network.precision)
    return -(-network.batch_size // step) * step


def run(
    network: ImageNetwork, pixels: Sequence[torch.Tensor], count: int, precision: Precision | None = None
) -> dict[str, torch.Tensor]:
    """Outputs [count, ...] by name of the first `count` images of a batch; `precision` None: the network's own.

    A forward that does not fit into the device's memory is halved, for good. Raises torch.OutOfMemoryError where not
    even one image fits.
    """
    precision = precision or network.precision
    while True:
        step = step_of(network, precision)
        try:
            return _run(network, pixels, count, step, precision)
        except torch.OutOfMemoryError:
            if step == 1:
                raise
        # Not in the handler: the exception holds on to the tensors of the forward that failed.
        torch.cuda.empty_cache()
        _SMALLER[network.loaded, precision] = step // 2
        log.warning("%s: %d images do not fit into its memory, %d from now on", network.device, step, step // 2)


def step_of(network: ImageNetwork, precision: Precision) -> int:
    """Images of a forward, as far as is known."""
    return min(usual_step(network, precision), _SMALLER.get((network.loaded, precision), 1 << 30))


def _run(
    network: ImageNetwork, pixels: Sequence[torch.Tensor], count: int, step: int, precision: Precision
) -> dict[str, torch.Tensor]:
    half = precision == "float16"

    def forward(at: int) -> Mapping[str, torch.Tensor]:
        with torch.inference_mode(), torch.autocast(network.device.type, torch.float16, enabled=half):
            return network.forward([view[at : at + step] for view in pixels])

    parts = side_by_side(forward, range(0, count, step), network.device)
    return {name: torch.cat([part[name] for part in parts])[:count] for name in parts[0]}
