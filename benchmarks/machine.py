"""What a measurement ran on, so that its numbers can be judged: said by the machine, never typed in."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path


@dataclass(frozen=True)
class Machine:
    """A machine at one moment. memory_gib: physical; load: runnable processes in the last minute, our own not yet."""

    cpu: str
    cores: int
    memory_gib: float
    load: float
    python: str
    packages: dict[str, str]

    def as_json(self) -> dict[str, object]:
        """The fields as JSON knows them."""
        return asdict(self)


def describe(packages: Iterable[str] = ()) -> Machine:
    """This machine now: call it before the work. packages: distributions whose versions can change the numbers."""
    return Machine(
        cpu=_cpu(),
        cores=len(os.sched_getaffinity(0)),
        memory_gib=round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1),
        load=round(os.getloadavg()[0], 1),
        python=platform.python_version(),
        packages={name: _version(name) for name in packages},
    )


def _cpu() -> str:
    for line in Path("/proc/cpuinfo").read_text("utf-8").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"
