"""On which device a worker runs its model."""

from __future__ import annotations

import contextlib
import logging
import os
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch


log = logging.getLogger(__name__)


class DeviceError(RuntimeError):
    """A device was asked for that is not there."""


def choose_device(wanted: str = "auto") -> torch.device:
    """The device for `wanted`: "auto", "cpu", "cuda" or "cuda:N".

    A GPU that the cluster's scheduler gave to this task is taken first. Without one, the tasks of a machine
    spread over its GPUs by partition. "auto" takes the CPU where there is no GPU and says so; "cuda" then
    raises a DeviceError.
    """
    import torch

    limit_threads()
    kind, _, number = wanted.partition(":")
    if wanted not in ("auto", "cpu", "cuda") and not (kind == "cuda" and number.isdigit()):
        raise DeviceError(f"device {wanted!r} is not known: expected auto, cpu, cuda or cuda:N")
    if wanted == "cpu":
        return torch.device("cpu")
    count = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if count:
        device = torch.device("cuda", _checked(int(number), count) if number else _index(count))
    elif wanted == "auto":
        device = torch.device("cpu")
    else:
        raise DeviceError(f"device {wanted!r} was asked for, but torch {torch.__version__} sees no GPU in this process")
    if wanted == "auto":
        log.info("device auto: chose %s (%d GPUs seen)", device, count)
    return device


def limit_threads() -> None:
    """Keep torch to OMP_NUM_THREADS, which Spark sets from the cores of a task: more threads only fight each
    other.
    """
    import torch

    threads = os.environ.get("OMP_NUM_THREADS", "")
    if threads.isdigit() and 0 < int(threads) != torch.get_num_threads():
        torch.set_num_threads(int(threads))


@contextlib.contextmanager
def exact_inference() -> Iterator[None]:
    """No gradients, and float32 that is float32: on a GPU, TF32 would round the inputs of convolutions to 10
    bits.
    """
    import torch

    with (
        torch.inference_mode(),
        torch.backends.cudnn.flags(enabled=True, benchmark=False, deterministic=True, allow_tf32=False),
    ):
        yield


def _index(count: int) -> int:
    """The GPU that Spark assigned to this task, else one by partition, else the first."""
    task = _task_context()
    if task is None:
        return 0
    assigned = task.resources().get("gpu")
    if assigned is None or not assigned.addresses:
        return int(task.partitionId()) % count
    address = str(assigned.addresses[0])
    # Where the scheduler hides the other GPUs, the one that is left is number 0 whatever its address.
    if count == 1 or not address.isdigit():
        return 0
    return _checked(int(address), count)


def _checked(index: int, count: int) -> int:
    if index >= count:
        raise DeviceError(f"GPU {index} was asked for, but this process sees {count}: 0 to {count - 1}")
    return index


def _task_context() -> Any:
    """Spark's task context, where this process is a Spark worker: the module has been imported there."""
    module = sys.modules.get("pyspark.taskcontext")
    return module.TaskContext.get() if module is not None else None
