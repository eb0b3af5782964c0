"""How fast images are decoded and go through models, beside the plain loops that they replace, in one process.

Decoding is measured in processor time of one thread, in turns of both ways, so that whatever else the machine does
meets both alike. The whole stage is measured by the clock: on an idle machine.
"""

from __future__ import annotations

import argparse
import io
import statistics
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import torch
from PIL import Image

from benchmarks.document import Section, Table, save
from benchmarks.jpegs import SIZES, drawn, photos, write_tar
from benchmarks.machine import describe
from benchmarks.subjects import BATCH, Subject, gpu_subjects, subjects
from udfs.images import forwards
from udfs.images.batching import Models
from udfs.images.decoding import decode
from udfs.images.devices import choose_device, decode_threads
from udfs.images.policies import DEFAULT
from udfs.images.preparation import prepare
from udfs.images.preprocessing import Preprocessing
from udfs.images.task import ImageTask

PACKAGES = ("torch", "torchvision", "pillow", "timm", "open_clip_torch")
TURNS = 5
# Dense float16 operations a second, by the makers' data sheets, where a GPU's name holds this.
PEAKS = {"H200": 989e12, "H100": 989e12, "A100": 312e12, "L4": 121e12, "T4": 65e12}
Way = Callable[[bytes], Any]


def main() -> None:
    """Measure, save the section, and say where the document is."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--device", default="auto")
    device = choose_device(parser.parse_args().device)
    machine = describe(PACKAGES)
    tables = [decoding_table()]
    with tempfile.TemporaryDirectory() as folder:
        tables += stage_tables(device, Path(folder))
    print(save("images", "images", Section("Images", "make bench-images", machine, _text(device), tables)))


def _text(device: torch.device) -> list[str]:
    threads = decode_threads(device)
    found = [
        f"Decoding: medians of {TURNS} turns, milliseconds an image of one thread's processor time, and the largest "
        "and mean difference in grey levels between the two at 384 x 384. Pillow: open, convert, resize (bilinear). To "
        "two sizes, Pillow decodes twice.",
        f"The stage: reading from a tar, decoding by {threads} threads, and the model, with images of 500 pixels; the "
        "plain loop is Pillow, the model's own transform on it, and the model, in batches of the same size. Bound is "
        "the time of the forwards alone plus that of decoding alone divided by the threads. Weights are random but for "
        "EfficientNet-Lite0.",
    ]
    if device.type == "cuda":
        return [*found, f"GPU: {torch.cuda.get_device_name(device)}, float16."]
    return [*found, "GPU: not measured."]


def decoding_table() -> Table:
    """Decoding and resizing alone, our way beside Pillow's."""
    rows = []
    for side, count in SIZES.items():
        for kind, make in (("drawn", drawn), ("photos", photos)):
            if images := make(side, count):
                rows.append([f"{side} px, {kind}", *_decoding(images)])
    columns = [
        "images",
        "Pillow",
        "ours",
        "x",
        "two sizes: Pillow",
        "ours",
        "x",
        "decode only: Pillow",
        "ours",
        "max",
        "mean",
    ]
    return Table(columns, rows, "Decoding and resizing to 384 x 384, and to 384 x 384 and 224 x 224")


def _decoding(images: Sequence[bytes]) -> list[str]:
    large, small = (_square(size) for size in (384, 224))
    ways: dict[str, Way] = {
        "pillow": lambda data: _by_pillow(data, 384),
        "ours": lambda data: prepare(data, [large], DEFAULT),
        "pillow twice": lambda data: (_by_pillow(data, 384), _by_pillow(data, 224)),
        "ours twice": lambda data: prepare(data, [large, small], DEFAULT),
        "pillow decode": lambda data: Image.open(io.BytesIO(data)).convert("RGB"),
        "our decode": lambda data: decode(data, DEFAULT),
    }
    spent = _turns(ways, images)
    found = [_difference(data, large) for data in images]
    most, mean = max(one.max() for one in found), float(np.mean([one.mean() for one in found]))
    pairs = [("pillow", "ours"), ("pillow twice", "ours twice")]
    cells = [cell for a, b in pairs for cell in (_ms(spent[a]), _ms(spent[b]), f"{spent[a] / spent[b]:.2f}")]
    return [*cells, _ms(spent["pillow decode"]), _ms(spent["our decode"]), str(most), f"{mean:.3f}"]


def _turns(ways: dict[str, Way], images: Sequence[bytes]) -> dict[str, float]:
    """Median seconds an image of each way, taken in turns."""
    spent: dict[str, list[float]] = {name: [] for name in ways}
    for turn in range(TURNS + 1):
        for name, way in ways.items():
            start = time.thread_time()
            for data in images:
                way(data)
            # The first turn warms up.
            spent[name] += [(time.thread_time() - start) / len(images)] if turn else []
    return {name: statistics.median(each) for name, each in spent.items()}


def _by_pillow(data: bytes, side: int) -> Image.Image:
    return Image.open(io.BytesIO(data)).convert("RGB").resize((side, side), Image.Resampling.BILINEAR)


def _difference(data: bytes, view: Preprocessing) -> np.ndarray:
    pixels = prepare(data, [view], DEFAULT).pixels
    assert pixels is not None
    theirs = np.asarray(_by_pillow(data, view.size[0])).astype(int)
    return np.abs(pixels[0].permute(1, 2, 0).numpy().astype(int) - theirs)


def _square(side: int) -> Preprocessing:
    return Preprocessing((side, side), "squash", "bilinear", (0, 0, 0), (1, 1, 1))


def stage_tables(device: torch.device, folder: Path) -> Iterable[Table]:
    """Models alone and in the whole stage, beside plain loops."""
    images = photos(500, 32) or drawn(500, 32)
    rows = [_stage(subject, images, device, folder) for subject in subjects(folder)]
    columns = ["model", "plain loop, images/s", "stage", "x", "forwards alone", "decoding alone", "stage / bound"]
    yield Table(columns, rows, f"The stage on {device.type}, images of 500 pixels")
    if device.type == "cuda":
        rows = [_gpu(subject, images, device, folder) for subject in subjects(folder) + gpu_subjects(folder)]
        columns = ["model", "images/s", "share of peak", "device busy", "open_clip with a DataLoader, images/s"]
        yield Table(columns, rows, f"On {torch.cuda.get_device_name(device)}, float16")


def _stage(subject: Subject, images: Sequence[bytes], device: torch.device, folder: Path) -> list[str]:
    models = subject.models(str(device))
    count, threads = subject.images[device.type], decode_threads(device)
    batch = write_tar(folder / "images.tar", images, count)
    few = [images[at % len(images)] for at in range(min(count, 4 * models.batch_size))]
    subject.plain(few[:8], models)
    plain = len(few) / _clock(lambda: subject.plain(few, models), device)
    whole = min(_clock(lambda: _run(subject, folder, batch, device), device) for _ in range(2))
    forward = _forwards(models, count)
    decoding = sum(_turns({"": lambda data: prepare(data, models.views, DEFAULT)}, images).values()) * count
    bound = forward + decoding / threads
    rates = [count / spent for spent in (whole, forward, decoding / threads)]
    return [
        subject.name, f"{plain:.1f}", f"{rates[0]:.1f}", f"{rates[0] / plain:.2f}", f"{rates[1]:.1f}",
        f"{rates[2]:.1f}", f"{whole / bound:.2f}",
    ]  # fmt: skip


def _gpu(subject: Subject, images: Sequence[bytes], device: torch.device, folder: Path) -> list[str]:
    count = subject.images["cuda"]
    batch = write_tar(folder / "images.tar", images, count)
    _run(subject, folder, batch.slice(0, 256), device)
    start = time.perf_counter()
    seconds = _run(subject, folder, batch, device)
    rate = count / (time.perf_counter() - start)
    name = torch.cuda.get_device_name(device)
    peak = next((value for key, value in PEAKS.items() if key in name), None)
    share = f"{rate * subject.gflop * 1e9 / peak:.0%}" if peak else "peak not known"
    busy = seconds["forward"] / (seconds["forward"] + seconds["idle"])
    return [subject.name, f"{rate:.0f}", share, f"{busy:.0%}", _by_data_loader(subject, images, device)]


def _by_data_loader(subject: Subject, images: Sequence[bytes], device: torch.device) -> str:
    """The loop that open_clip's users write: a data set of files, a DataLoader with workers, autocast."""
    if "embedder" not in subject.settings:
        return "-"
    models = subject.models(str(device))
    items = [images[at % len(images)] for at in range(subject.images["cuda"] // 4)]
    loader = torch.utils.data.DataLoader(
        _Files(items, subject.transform), models.batch_size, num_workers=decode_threads(device), pin_memory=True
    )
    start = time.perf_counter()
    for pixels in loader:
        subject.forward(pixels, models).cpu()
    return f"{len(items) / (time.perf_counter() - start):.0f}"


class _Files(torch.utils.data.Dataset[torch.Tensor]):
    """Images by number, transformed."""

    def __init__(self, images: Sequence[bytes], transform: Callable[[Image.Image], torch.Tensor]) -> None:
        self.images, self.transform = images, transform

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, at: int) -> torch.Tensor:
        return self.transform(Image.open(io.BytesIO(self.images[at])).convert("RGB"))


def _run(subject: Subject, folder: Path, batch: pa.RecordBatch, device: torch.device) -> dict[str, float]:
    """One image task; its seconds by phase."""
    task = ImageTask(str(folder), device=str(device), batch_size=BATCH[device.type], **subject.settings)
    spent: dict[str, float] = {}
    for found in task(iter([batch])):
        for phases in found.column("seconds").to_pylist():
            for phase, seconds in phases or ():
                spent[phase] = spent.get(phase, 0.0) + seconds
    return spent


def _forwards(models: Models, count: int) -> float:
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
    return min(_clock(lambda: work(count), models.device) for _ in range(2))


def _clock(work: Callable[[], object], device: torch.device) -> float:
    start = time.perf_counter()
    work()
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    return time.perf_counter() - start


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.2f}"


if __name__ == "__main__":
    main()
