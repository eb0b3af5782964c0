"""The whole stage beside the plain loop, and beside its parts alone."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import cycle, islice
from pathlib import Path

import torch

from benchmarks.document import Table
from benchmarks.images_decoding import turns
from benchmarks.images_staging import staged_seconds
from benchmarks.images_timing import best, clock, phases, rate
from benchmarks.jpegs import write_tar
from benchmarks.subjects import Subject
from udfs.images.decode.policies import DEFAULT
from udfs.images.decode.preparation import prepare
from udfs.images.device.devices import decode_threads
from udfs.images.running import forwards
from udfs.images.running.loaded_models import Models

# Images that are decoded by the clock: half a second's work at least.
STAGED = {"cpu": 1_024, "cuda": 8_192}
COLUMNS = (
    "model", "plain loop, images/s", "stage", "x", "forwards alone", "decoding / threads", "decoding by the clock",
    "stage / bound",
)  # fmt: skip


def table(subjects: Sequence[Subject], images: Sequence[bytes], device: torch.device, folder: Path) -> Table:
    """Each model on the device, fed from a tar that is written to `folder`."""
    rows = [row(subject, images, device, folder, STAGED[device.type]) for subject in subjects]
    return Table(COLUMNS, rows, f"The stage on {device.type}, images of 500 pixels")


def row(subject: Subject, images: Sequence[bytes], device: torch.device, folder: Path, staged: int) -> list[str]:
    """One model's cells; `staged` images are decoded by the clock."""
    models = subject.models(device)
    count, threads = subject.images[device.type], decode_threads(device)
    few = list(islice(cycle(images), min(count, 4 * models.batch_size)))
    # One batch warms up.
    subject.plain(few[: models.batch_size], models)
    plain = clock(lambda: subject.plain(few, models), device) / len(few)
    batch, task = write_tar(folder / "images.tar", images, count), subject.task(folder, device)
    whole = best(lambda: phases(task, [batch]), device) / count
    forward = _forward_seconds(models, count) / count
    decoding = turns({"": lambda data: prepare(data, models.views, DEFAULT)}, images)[""] / threads
    by_clock = staged_seconds(models, images, staged) / staged
    bound = forward + decoding if device.type == "cpu" else max(forward, decoding)
    return [
        subject.name, rate(1, plain), rate(1, whole), f"{plain / whole:.2f}", rate(1, forward), rate(1, decoding),
        rate(1, by_clock), f"{whole / bound:.2f}",
    ]  # fmt: skip


def _forward_seconds(models: Models, count: int) -> float:
    """Seconds of the forwards of so many images, alone."""
    places = forwards.places(models)
    pixels = [
        torch.randint(0, 256, (places, *view.size, 3), dtype=torch.uint8).permute(0, 3, 1, 2).to(models.device)
        for view in models.views
    ]

    def work(images: int) -> None:
        for at in range(0, images, places):
            forwards.run(models, pixels, min(places, images - at))

    work(min(count, places))
    return best(lambda: work(count), models.device)
