"""The cores of a task. torch computes each operation on one core, and several images at the same time.

The number of threads that share a matrix product changes the last bits of the result. The number of cores of a task is
up to the cluster, so no score may depend on it. Images in parallel take no longer than threads that share each image.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from functools import lru_cache
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    import torch

ItemT = TypeVar("ItemT")
ResultT = TypeVar("ResultT")


def cores() -> int:
    """The number of cores of this task: OMP_NUM_THREADS, which Spark sets, else all that this process may use."""
    given = os.environ.get("OMP_NUM_THREADS", "")
    return int(given) if given.isdigit() and int(given) else all_cores()


def all_cores() -> int:
    """The number of cores that this process may use, whatever its task was given."""
    # Only Linux tells which cores these are.
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def compute_alone() -> None:
    """Make torch compute on one thread from now on, for every calling thread."""
    import torch

    # torch keeps the number per thread; MKL, and threads that have not used torch yet, take the number that was set
    # last.
    if torch.get_num_threads() != 1:
        torch.set_num_threads(1)


@contextmanager
def on_all_cores() -> Iterator[None]:
    """Let torch compute on all cores of this task within the block, whatever ran in this process before.

    The number of threads decides the last bits of a sum.
    """
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(cores())
    try:
        yield
    finally:
        torch.set_num_threads(before)


def side_by_side(function: Callable[[ItemT], ResultT], items: Iterable[ItemT], device: torch.device) -> list[ResultT]:
    """The results in order: on the CPU by as many threads as the task has cores, on a GPU one after the other.

    `function` must set what belongs to a single thread, such as torch's inference mode.
    """
    if device.type != "cpu":
        return list(map(function, items))
    compute_alone()
    count = cores()
    return list(map(function, items) if count == 1 else _threads(count).map(function, items))


@lru_cache(maxsize=1)
def _threads(count: int) -> Executor:
    return ThreadPoolExecutor(count, "compute")
