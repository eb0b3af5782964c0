"""The cores of a task. torch computes each thing on one of them, and several things side by side.

How many threads share a matrix product moves the last bits of what comes out, and how many cores a task has is the
cluster's affair: no score may depend on it. Images side by side take no longer than threads that share each of them.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from concurrent.futures import Executor, ThreadPoolExecutor
from functools import lru_cache
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    import torch

ItemT = TypeVar("ItemT")
ResultT = TypeVar("ResultT")


def cores() -> int:
    """Those of this task: OMP_NUM_THREADS, which Spark sets by them, or all that this process may use."""
    given = os.environ.get("OMP_NUM_THREADS", "")
    return int(given) if given.isdigit() and int(given) else all_cores()


def all_cores() -> int:
    """Those that this process may use, whatever its task was given."""
    # Only Linux says which they are.
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def compute_alone() -> None:
    """Let torch compute on one thread, whichever thread asks it from now on."""
    import torch

    # torch keeps the number by thread; MKL, and threads that have not asked yet, take what was last set in any.
    if torch.get_num_threads() != 1:
        torch.set_num_threads(1)


def side_by_side(function: Callable[[ItemT], ResultT], items: Iterable[ItemT], device: torch.device) -> list[ResultT]:
    """The results, in order: on the CPU of as many threads as the task has cores, on a GPU one after the other. What is
    true of a thread alone, such as torch's inference mode, is for `function` to set.
    """
    if device.type != "cpu":
        return list(map(function, items))
    compute_alone()
    count = cores()
    return list(map(function, items) if count == 1 else _threads(count).map(function, items))


@lru_cache(maxsize=1)
def _threads(count: int) -> Executor:
    return ThreadPoolExecutor(count, "compute")
