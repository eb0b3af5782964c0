"""How fast images are decoded and go through models, beside the plain loops that they replace, in one process.

Decoding is measured in processor time of one thread, in turns of both ways, so that whatever else the machine does
meets both alike. Everything else is measured by the clock: on an idle machine.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator
from pathlib import Path

import torch

from benchmarks import images_gpu, images_stage
from benchmarks.document import Section, Table, save
from benchmarks.images_decoding import TURNS, decoding_table
from benchmarks.jpegs import drawn, photos
from benchmarks.machine import describe
from benchmarks.subjects import ON_CPU, ON_GPU, subject
from udfs.images.device.devices import choose_device, decode_threads

PACKAGES = ("torch", "torchvision", "pillow", "timm", "open_clip_torch")


def main() -> None:
    """Measure, save the section after every table, as a later one may fail, and say where the document is."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--device", default="auto")
    device = choose_device(parser.parse_args().device)
    machine = describe(PACKAGES)
    found: list[Table] = []
    with tempfile.TemporaryDirectory() as path:
        for table in tables(device, Path(path)):
            found.append(table)
            print(save("images", Section("Images", "make bench-images", machine, text(device), found)))


def tables(device: torch.device, folder: Path) -> Iterator[Table]:
    """One table after the other, measured when it is asked for."""
    yield decoding_table()
    images = photos(500, 32) or drawn(500, 32)
    on_gpu = device.type == "cuda"
    subjects = [subject(name, folder) for name in (ON_GPU if on_gpu else ON_CPU)]
    yield images_stage.table([one for one in subjects if one.name in ON_CPU], images, device, folder)
    yield images_gpu.table(subjects, images, device, folder) if on_gpu else images_gpu.not_measured(ON_GPU)


def text(device: torch.device) -> list[str]:
    """What the tables hold, a paragraph each."""
    return [
        f"Decoding: medians of {TURNS} turns, milliseconds an image of one thread's processor time, and the largest "
        "and mean difference in grey levels between the two at 384 x 384. Pillow: open, convert, resize (bilinear). To "
        "two sizes, Pillow decodes twice. The photos are those of the shared corpus, which are 500 pixels wide or high "
        "at most: those of 1,000 and 2,000 pixels are enlarged ones, which are smoother than photos taken at that "
        "size.",
        f"The stage: reading from a tar, decoding by {decode_threads(device)} threads, and the model, with images of "
        "500 pixels; the plain loop is Pillow, the model's own transform on it, and the model, in batches of the same "
        "size. Decoding / threads is one thread's processor time divided by the threads. Decoding by the clock is the "
        "stage's pipeline with a model that computes nothing: its threads decode and resize side by side, and batches "
        "are staged and brought to the device. Bound is the time of the forwards alone plus decoding / threads; with a "
        "GPU, which computes meanwhile, the larger of the two. Weights are random but for EfficientNet-Lite0.",
        images_gpu.TEXT,
    ]


if __name__ == "__main__":
    main()
