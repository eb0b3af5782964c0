"""One task at a time on a GPU.

Where Spark schedules GPUs, it sees to that. Where it does not, the tasks of a machine that chose the same GPU take
turns: a model computes no faster beside another, and two may not fit. The lock is a file's, so that the kernel takes it
from a task that dies.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from filelock import FileLock

from udfs.images.device.devices import is_scheduled
from udfs.images.device.own_folder import own_folder

if TYPE_CHECKING:
    import torch

log = logging.getLogger(__name__)


@contextmanager
def turn(device: torch.device) -> Iterator[None]:
    """Hold the device for as long as the context is open. The CPU, and a GPU that Spark gave, need no turn."""
    if device.type != "cuda" or is_scheduled():
        yield
        return
    import torch

    # By its own number: what one process calls cuda:0 may be another's cuda:1.
    with turn_of(f"gpu-{torch.cuda.get_device_properties(device).uuid}"):
        try:
            yield
        finally:
            # This worker lives on with its model. The rest of the memory is for whoever is next.
            torch.cuda.empty_cache()


@contextmanager
def turn_of(name: str) -> Iterator[None]:
    """Hold what goes by this name on this machine, for this user; wait while another holds it."""
    start = time.monotonic()
    with FileLock(own_folder("turns") / name, mode=0o600):
        if (waited := time.monotonic() - start) > 1:
            log.info("%s: waited %.0f s for another task's turn to end", name, waited)
        yield
