"""Points in a device's time. A GPU computes long after it was asked to, so the host's clock cannot time it."""

from __future__ import annotations

import time
from typing import Any

import torch

# An event of a GPU, or the host's clock in seconds.
Moment = Any


def moment(device: torch.device) -> Moment:
    """The moment at which the device has done everything that its current stream was asked for so far."""
    if device.type != "cuda":
        return time.perf_counter()
    # Blocking: a thread that waits for the event leaves its core to the decode threads.
    event = torch.cuda.Event(enable_timing=True, blocking=True)
    # On this device, which need not be the process's current one.
    event.record(torch.cuda.current_stream(device))
    return event


def wait(one: Moment) -> None:
    """Wait until the device has reached this moment."""
    if isinstance(one, torch.cuda.Event):
        one.synchronize()


def seconds(first: Moment, second: Moment) -> float:
    """The seconds between two moments of a device; both must have passed."""
    if isinstance(first, torch.cuda.Event):
        return float(first.elapsed_time(second)) / 1000
    return float(second - first)
