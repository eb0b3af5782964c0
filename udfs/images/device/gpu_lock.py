"""Lets one task at a time use a GPU.

If Spark schedules GPUs, it ensures that. If not, the tasks of a machine that chose the same GPU take turns: a model
computes no faster beside another, and two may not fit. The lock is on a file, so that the kernel releases it when a
task dies.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import chain
from typing import TYPE_CHECKING, TypeVar

from filelock import FileLock

from udfs.images.device.devices import choose_device, is_scheduled
from udfs.images.device.own_folder import own_folder

if TYPE_CHECKING:
    import torch

log = logging.getLogger(__name__)

Given = TypeVar("Given")
Made = TypeVar("Made")


def in_turn(
    given: Iterator[Given], device: str, work: Callable[[Iterator[Given], torch.device], Iterator[Made]]
) -> Iterator[Made]:
    """What `work` makes of what a task is given, in the task's turn on the device that it chooses by `device`.

    Most partitions of a small wave are empty: a worker that is given nothing chooses no device and loads no model.
    """
    first = next(given, None)
    if first is None:
        return
    chosen = choose_device(device)
    with turn(chosen):
        yield from work(chain([first], given), chosen)


@contextmanager
def turn(device: torch.device) -> Iterator[None]:
    """Hold the device for as long as the context is open. The CPU, and a GPU assigned by Spark, need no turn."""
    if device.type != "cuda" or is_scheduled():
        yield
        return
    import torch

    # The lock is named by the GPU's own identifier: cuda:0 of one process may be cuda:1 of another.
    with turn_of(f"gpu-{torch.cuda.get_device_properties(device).uuid}"):
        try:
            yield
        finally:
            # This worker stays alive with its model. The rest of the memory is for the next task.
            torch.cuda.empty_cache()


@contextmanager
def turn_of(name: str) -> Iterator[None]:
    """Hold this user's lock of this name on this machine; wait while another task holds it."""
    start = time.monotonic()
    with FileLock(own_folder("turns") / name, mode=0o600):
        if (waited := time.monotonic() - start) > 1:
            log.info("%s: waited %.0f s for another task's turn to end", name, waited)
        yield
