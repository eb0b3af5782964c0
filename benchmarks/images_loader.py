"""The loop that open_clip's users write: files in a DataLoader with workers, and the network under autocast."""

from __future__ import annotations

import io
import logging
from collections.abc import Callable, Sequence
from itertools import cycle, islice

import torch
from PIL import Image

from benchmarks.images_timing import clock, rate
from benchmarks.subjects import Subject
from udfs.images.device.devices import decode_threads

log = logging.getLogger(__name__)


def by_data_loader(subject: Subject, images: Sequence[bytes], device: torch.device, count: int) -> str:
    """Images a second of that loop over `count` images, the given ones again and again, as text."""
    models = subject.models(device)
    files = _Files(list(islice(cycle(images), count)), subject.transform)
    # The workers outlive the first pass, which starts them.
    loader = torch.utils.data.DataLoader(
        files, models.batch_size, num_workers=decode_threads(device), pin_memory=device.type == "cuda",
        persistent_workers=True,
    )  # fmt: skip

    def work() -> None:
        for pixels in loader:
            subject.forward(pixels, models).cpu()

    try:
        work()
        return rate(count, clock(work, device))
    except RuntimeError as error:
        # Workers hand over float32 through shared memory, of which containers have little. The other figures stand.
        if "DataLoader worker" not in str(error):
            raise
        log.warning("%s: %s", subject.name, error)
        return "its workers died"


class _Files(torch.utils.data.Dataset[torch.Tensor]):
    """Images by number, transformed to float32 [3, H, W]."""

    def __init__(self, images: Sequence[bytes], transform: Callable[[Image.Image], torch.Tensor]) -> None:
        self.images, self.transform = images, transform

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, at: int) -> torch.Tensor:
        return self.transform(Image.open(io.BytesIO(self.images[at])).convert("RGB"))
