"""Points in a device's time. A GPU computes long after it was asked to, so that the host's clock says nothing of it."""

from __future__ import annotations

import time
from typing import Any

import torch

# An event of a GPU, or the host's clock in seconds.
Moment = Any


def moment(device: torch.device) -> Moment:
    """Now, on the device: when all that its current stream was asked for so far is done."""
    if device.type != "cuda":
        return time.perf_counter()
    # Blocking: whoever waits for it leaves the core to the decode threads.
    event = torch.cuda.Event(enable_timing=True, blocking=True)
    # Of this device, which need not be the process's own.
    event.record(torch.cuda.current_stream(device))
    return event


def wait(one: Moment) -> None:
    """Until the device has come so far."""
    if isinstance(one, torch.cuda.Event):
        one.synchronize()


def seconds(first: Moment, second: Moment) -> float:
    """From one moment of a device to another; both must have passed."""
    if isinstance(first, torch.cuda.Event):
        return float(first.elapsed_time(second)) / 1000
    return float(second - first)
