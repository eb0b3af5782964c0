"""Chooses the device on which a worker runs its model, and its threads, precision and batch size."""

from __future__ import annotations

import contextlib
import functools
import logging
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Final, Literal

from udfs.images.device.cores import all_cores, compute_alone, cores
from udfs.setup_errors import DeviceError
from udfs.workers import log_in_worker, task_context

if TYPE_CHECKING:
    import torch


log = logging.getLogger(__name__)

# The images per batch if the settings give no number. A GPU needs large batches: it computes a small one in less time
# than Python takes to launch it, because a forward of ViT-B/32 makes some 500 calls.
BATCHES: Final[Mapping[str, int]] = {"cpu": 32, "cuda": 128}
# More decode threads than this would wait for Python itself, not for the decoding.
MOST_THREADS: Final = 16


def choose_device(wanted: str = "auto") -> torch.device:
    """The device for `wanted`: "auto", "cpu", "cuda" or "cuda:N".

    A GPU that the cluster's scheduler gave to this task comes first. Without one, the tasks of a machine spread over
    its GPUs by partition. If there is no GPU, "auto" takes the CPU and logs that; "cuda" raises DeviceError.
    """
    import torch

    log_in_worker()
    compute_alone()
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
        _say_choice(str(device), count)
    return device


@functools.cache
def _say_choice(device: str, count: int) -> None:
    """Log what "auto" chose, once in a process: a worker asks for a device at every task."""
    log.info("device auto: chose %s (%d GPUs seen)", device, count)


def decode_threads(device: torch.device, wanted: int | None = None) -> int:
    """How many threads decode for one task: `wanted`, or as many as it has cores.

    A task on a GPU has the machine's cores divided by its GPUs, at most 16. A task on the CPU has those that Spark
    gives it.
    """
    import torch

    if wanted is not None:
        return wanted
    if device.type != "cuda":
        return cores()
    return max(1, min(MOST_THREADS, all_cores() // torch.cuda.device_count()))


def choose_precision(wanted: str, device: torch.device, safe_in_half: bool = True) -> Literal["float32", "float16"]:
    """The precision for `wanted`: "float32", "float16" or "auto".

    "auto" is float16 on a GPU for models whose scores are safe in it, else float32.
    """
    if wanted not in ("auto", "float32", "float16"):
        raise DeviceError(f"precision {wanted!r} is not known: expected auto, float32 or float16")
    if wanted == "float16" and device.type != "cuda":
        raise DeviceError(f"precision float16 needs a GPU, and this task runs on {device}: set float32 or auto")
    if wanted == "auto":
        return "float16" if device.type == "cuda" and safe_in_half else "float32"
    return "float16" if wanted == "float16" else "float32"


def choose_batch_size(wanted: int | None, device: torch.device) -> int:
    """The images per batch: `wanted`, or the number that suits the device."""
    if wanted is not None and not 1 <= wanted <= 1024:
        raise ValueError(f"batch_size {wanted}: expected 1 to 1024 images")
    return wanted or BATCHES[device.type]


def is_scheduled() -> bool:
    """Whether Spark's scheduler gave this task a GPU of its own."""
    return _assigned() is not None


@contextlib.contextmanager
def exact_inference(device: torch.device) -> Iterator[None]:
    """Switch off gradients and TF32, which on a GPU rounds the inputs of convolutions and products to 10 bits.

    Attention on a GPU does not use cuDNN, which takes half a second to plan for each shape and fails without a plan.
    """
    import torch

    if device.type != "cuda":
        # The switches below belong to the process, and on a CPU several threads compute at the same time.
        with torch.inference_mode():
            yield
        return
    from torch.nn.attention import SDPBackend, sdpa_kernel

    products = torch.backends.cuda.matmul
    rounded, products.allow_tf32 = products.allow_tf32, False
    try:
        with (
            torch.inference_mode(),
            torch.backends.cudnn.flags(enabled=True, benchmark=False, deterministic=True, allow_tf32=False),
            sdpa_kernel([SDPBackend.FLASH_ATTENTION, SDPBackend.EFFICIENT_ATTENTION, SDPBackend.MATH]),
        ):
            yield
    finally:
        products.allow_tf32 = rounded


def _index(count: int) -> int:
    """The GPU that Spark assigned to this task, else one by partition, else the first."""
    task = task_context()
    if task is None:
        return 0
    address = _assigned()
    if address is None:
        return int(task.partitionId()) % count
    # If the scheduler hides the other GPUs, the visible one is number 0, whatever its address.
    if count == 1 or not address.isdigit():
        return 0
    return _checked(int(address), count)


def _assigned() -> str | None:
    """The address of the GPU that Spark gave to this task."""
    task = task_context()
    assigned = task.resources().get("gpu") if task is not None else None
    return str(assigned.addresses[0]) if assigned is not None and assigned.addresses else None


def _checked(index: int, count: int) -> int:
    if index >= count:
        raise DeviceError(f"GPU {index} was asked for, but this process sees {count}: 0 to {count - 1}")
    return index
