"""What a GPU gets done, end to end: the share of its peak, how long it is busy, and a plain loop with a DataLoader.

Everything here runs on the CPU as well, so that it is tested where there is no GPU.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import torch

from benchmarks.document import Table
from benchmarks.images_cards import card, share_of_peak
from benchmarks.images_loader import by_data_loader
from benchmarks.images_timing import clock, phases, rate
from benchmarks.jpegs import write_tar
from benchmarks.subjects import RAM_PLUS, Subject

# A task of the Spark stage begins and ends with an idle GPU. Its rows depend on the wave: these are few.
TASK_ROWS = 4_096
TASKS = 4
COLUMNS = (
    "model", f"tasks of {TASK_ROWS:,}, images/s", "share of peak", "busy", "one task, images/s", "busy in it",
    "open_clip's loop with a DataLoader, images/s",
)  # fmt: skip
TEXT = (
    f"On a GPU: float16 but for EfficientNet-Lite0, images of 500 pixels. As in Spark, {TASKS} tasks of {TASK_ROWS:,} "
    "images follow one another, each of which finds the GPU idle and leaves it idle. Their rate is by the clock, from"
    " the first row asked to the last one answered; busy is the share of the forwards in that time, and the share of "
    f"peak this rate times the operations of an image (RAM++ with one description a label: {RAM_PLUS:.0f} GFLOP) by "
    "the card's dense float16 peak. One task of as many images begins and ends once; busy in it is the share of the "
    "forwards in their time and the idle time before each. Both are at most so much: within a forward the GPU may "
    "wait for Python. The DataLoader has as many workers as the stage has threads, and feeds the network under "
    "autocast, as open_clip's users do. Whatever is timed has run before, all of it or four batches, and the GPU is "
    "waited for at both ends."
)


def table(
    subjects: Sequence[Subject], images: Sequence[bytes], device: torch.device, folder: Path, part: int = TASK_ROWS
) -> Table:
    """Each model on the device, in tasks of `part` rows, fed from a tar that is written to `folder`."""
    batch = write_tar(folder / "images.tar", images, TASKS * part)
    rows = [_row(subject, images, batch, device, folder) for subject in subjects]
    return Table(COLUMNS, rows, _caption(card(device)))


def not_measured(names: Sequence[str]) -> Table:
    """The same table where there is no GPU."""
    nothing = ["not measured"] * (len(COLUMNS) - 1)
    return Table(COLUMNS, [[name, *nothing] for name in names], _caption("none here"))


def _row(
    subject: Subject, images: Sequence[bytes], batch: pa.RecordBatch, device: torch.device, folder: Path
) -> list[str]:
    """One model's cells, from the rows of `TASKS` tasks."""
    task, count = subject.task(folder, device), batch.num_rows
    part = count // TASKS
    phases(task, [batch.slice(0, 4 * subject.models(device).batch_size)])
    spent: list[float] = []

    def in_tasks() -> None:
        for start in range(0, count, part):
            spent.append(phases(task, [batch.slice(start, part)])["forward"])

    many = clock(in_tasks, device)
    found: dict[str, float] = {}
    one = clock(lambda: found.update(phases(task, [batch])), device)
    busy_in_it = found["forward"] / (found["forward"] + found["idle"])
    return [
        subject.name, rate(count, many), share_of_peak(count / many * subject.gflop, card(device)),
        f"{busy(sum(spent), many):.0%}", rate(count, one), f"{busy_in_it:.0%}",
        by_data_loader(subject, images, device, count // 4),
    ]  # fmt: skip


def busy(forward: float, wall: float) -> float:
    """The forwards' share of the time by the clock, all in seconds. Raises RuntimeError where it is beyond 1."""
    if forward > 1.01 * wall:
        raise RuntimeError(f"forwards of {forward:.3f} s in {wall:.3f} s by the clock: no figure to trust")
    return forward / wall


def _caption(name: str) -> str:
    cuda = torch.version.cuda, torch.backends.cudnn.version()
    return f"On a GPU ({name}, CUDA {cuda[0]}, cuDNN {cuda[1]})" if torch.cuda.is_available() else f"On a GPU ({name})"
