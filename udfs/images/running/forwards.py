"""Runs forwards of one fixed shape.

Kernels are chosen by shape and differ in the last bits. If a forward had as many images as happen to be in a batch, an
image's scores would depend on the partitioning of its corpus. In float32 the model and the device alone decide the
number of images of a forward, so the batch size does not matter either. In float16 a forward is a whole batch. Missing
images are replaced by padding whose output is ignored.
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
# Pixels of a float32 forward: 4 images of 224 x 224 on a CPU, 32 on a GPU. A forward takes more images if they are
# small, because its overhead then weighs more: a model of 32 x 32 pixels took twice the time per image at 8 images that
# it took at 32. Larger images gain nothing: on a CPU RAM++ is as fast with one image, and EfficientNet-Lite0 is slower
# by a third at 8 than at 4.
PIXELS: Final[Mapping[str, int]] = {"cpu": 4 * 224 * 224, "cuda": 32 * 224 * 224}
MOST: Final = 32
# The images per forward if the usual number did not fit into a device's memory; kept for the life of this process.
_SMALLER: dict[Hashable, int] = {}


class ImageNetwork(Protocol):
    """One or several models on one device, as images pass through them."""

    @property
    def views(self) -> tuple[Preprocessing, ...]:
        """The distinct preprocessings, one per set of pixels that the models take of an image."""

    @property
    def device(self) -> torch.device:
        """The device that computes."""

    @property
    def precision(self) -> Precision:
        """float16 computes matrix products under autocast."""

    @property
    def batch_size(self) -> int:
        """The number of images that are copied to the device together."""

    @property
    def loaded(self) -> Hashable:
        """The loaded models: a key for the number of images that fit into the device."""

    def forward(self, pixels: Sequence[torch.Tensor]) -> Mapping[str, torch.Tensor]:
        """uint8 [B, 3, H, W] of each view -> outputs [B, ...] by name, both on the device."""

    def found(self, outputs: Mapping[str, Any]) -> Sequence[Any]:
        """One result per image, from the outputs of B images as arrays on the host."""


def usual_step(network: ImageNetwork, precision: Precision) -> int:
    """The images per forward: in float32 a power of two, at most 32, and never 2.

    MKL multiplies rows in fours and treats a remainder differently. An image may have an odd number of rows (tokens or
    labels). Two images may then leave a remainder, and the last bits of a score would depend on the image's position in
    the forward; four images leave none.
    """
    if precision == "float16":
        return network.batch_size
    largest = max(view.size[0] * view.size[1] for view in network.views)
    fitting = max(1, PIXELS[network.device.type] // largest)
    return min(MOST, 1 << (fitting.bit_length() - 1)) if fitting >= 4 else 1


def places(network: ImageNetwork) -> int:
    """The places of a batch: the batch size, rounded up to whole forwards."""
    step = usual_step(network, network.precision)
    return -(-network.batch_size // step) * step


def run(
    network: ImageNetwork, pixels: Sequence[torch.Tensor], count: int, precision: Precision | None = None
) -> dict[str, torch.Tensor]:
    """Outputs [count, ...] by name of the first `count` images of a batch; `precision` None: the network's own.

    If a forward does not fit into the device's memory, its size is halved for the life of the process. Raises
    torch.OutOfMemoryError if not even one image fits.
    """
    precision = precision or network.precision
    while True:
        step = step_of(network, precision)
        try:
            return _run(network, pixels, count, step, precision)
        except torch.OutOfMemoryError:
            if step == 1:
                raise
        # This is outside the handler, because the exception keeps the tensors of the failed forward alive.
        torch.cuda.empty_cache()
        _SMALLER[network.loaded, precision] = step // 2
        log.warning(
            "%s: %d images do not fit into its memory, so a forward takes %d from now on",
            network.device,
            step,
            step // 2,
        )


def step_of(network: ImageNetwork, precision: Precision) -> int:
    """The images per forward: the usual number, or the smaller one that is known to fit."""
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
