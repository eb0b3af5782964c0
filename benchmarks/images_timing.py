"""Times by the clock of what a device does, and rates as documents show them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable

import pyarrow as pa
import torch

from udfs.images.device.moments import moment, seconds, wait
from udfs.images.task import ImageTask


def clock(work: Callable[[], object], device: torch.device) -> float:
    """Seconds of `work` by the host's clock, from an idle device to an idle device.

    Raises RuntimeError where the device's own clock says otherwise: then it was not waited for.
    """
    wait(moment(device))
    start, begun = time.perf_counter(), moment(device)
    work()
    ended = moment(device)
    wait(ended)
    spent = time.perf_counter() - start
    check_clocks(spent, seconds(begun, ended))
    return spent


def check_clocks(host: float, device: float) -> None:
    """Raise RuntimeError where a device's seconds for a timed part are not the host's, within 2 % and 10 ms."""
    if abs(host - device) > 0.02 * host + 0.01:
        raise RuntimeError(f"{host:.3f} s by the host's clock are {device:.3f} s by the device's: no figure to trust")


def best(work: Callable[[], object], device: torch.device) -> float:
    """The shorter of two times of `work`, in seconds: whatever is done but once, the first has done."""
    return min(clock(work, device) for _ in range(2))


def phases(task: ImageTask, batches: Iterable[pa.RecordBatch]) -> dict[str, float]:
    """Run a task over batches of shard, sample and image; its seconds by phase."""
    spent: dict[str, float] = {}
    for found in task(iter(batches)):
        for each in found.column("seconds").to_pylist():
            for phase, share in each or ():
                spent[phase] = spent.get(phase, 0.0) + share
    return spent


def rate(images: int, spent: float) -> str:
    """Images a second, as text: slow ones with two decimals."""
    found = images / spent
    return f"{found:.2f}" if found < 10 else f"{found:.1f}"
