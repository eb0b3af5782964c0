"""Decoding, resizing and staging alone, by the stage's own threads: its pipeline with a network that computes nothing.

One thread's processor time divided by the threads says what they could do; here they get in each other's way as they
do in the stage.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from itertools import cycle, islice
from typing import Any

import torch

from benchmarks.images_timing import best
from udfs.images.decode.policies import DEFAULT
from udfs.images.decode.preprocessing import Preprocessing
from udfs.images.device.devices import decode_threads
from udfs.images.feature_rows import FeatureRow
from udfs.images.running.forwards import ImageNetwork, Precision
from udfs.images.running.pipeline import Pipeline
from udfs.statuses import OK


@dataclass(frozen=True)
class Nothing:
    """A `forwards.Network` that takes the pixels of another one and makes nothing of them."""

    views: tuple[Preprocessing, ...]
    device: torch.device
    precision: Precision
    batch_size: int
    loaded: Hashable = None

    def forward(self, pixels: Sequence[torch.Tensor]) -> Mapping[str, torch.Tensor]:
        """uint8 [B, 3, H, W] of each view to "nothing" [B, 0]."""
        return {"nothing": torch.empty((len(pixels[0]), 0), device=self.device)}

    def found(self, outputs: Mapping[str, Any]) -> list[Any]:
        """An empty list for each of B images."""
        return outputs["nothing"].tolist()


def staged_seconds(network: ImageNetwork, images: Sequence[bytes], count: int) -> float:
    """Seconds by the clock in which `count` images, the given ones again and again, are decoded, resized, staged and
    brought to the network's device. Raises RuntimeError where an image is not answered.
    """
    nothing = Nothing(network.views, network.device, network.precision, network.batch_size)

    def work() -> None:
        pipeline = Pipeline(nothing, DEFAULT, decode_threads(network.device))
        rows = ((FeatureRow("shard", "sample", OK), data) for data in islice(cycle(images), count))
        good = sum(row.status == OK for row in pipeline.run(rows))
        if good != count:
            raise RuntimeError(f"{good} of {count} images were decoded")

    return best(work, network.device)
