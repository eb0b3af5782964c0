"""What a command and all its children hold at their peak, by role: proportional set sizes, which share shared pages."""

from __future__ import annotations

import subprocess
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

# Seconds. What a JVM holds takes the kernel a while to add up, so that more often would slow what is measured.
INTERVAL = 1.0


@dataclass(frozen=True)
class Watched:
    """Peaks in MiB by role: `driver`, the command itself, `jvm`, and `workers`, Spark's Python workers together."""

    peaks: dict[str, int]
    output: str


def watch(command: Sequence[str], interval: float = INTERVAL) -> Watched:
    """Run a command to its end, looked at every `interval` seconds; CalledProcessError where it fails."""
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    peaks: Counter[str] = Counter()
    watcher = threading.Thread(target=_watch, args=(process, peaks, interval), daemon=True)
    watcher.start()
    output, _ = process.communicate()
    watcher.join()
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command, output)
    return Watched(dict(peaks), output)


def _watch(process: subprocess.Popen[str], peaks: Counter[str], interval: float) -> None:
    while process.poll() is None:
        sizes: Counter[str] = Counter()
        for pid in _family(process.pid):
            role = _role(pid, process.pid)
            # A JVM that starts a process is there twice for a moment.
            size = _proportional_size(pid)
            sizes[role] = max(sizes[role], size) if role == "jvm" else sizes[role] + size
        for role, size in sizes.items():
            peaks[role] = max(peaks[role], size >> 20)
        time.sleep(interval)


def _family(root: int) -> Iterator[int]:
    """A process and all its descendants."""
    yield root
    for task in Path(f"/proc/{root}/task").glob("*"):
        for child in _read(task / "children").split():
            yield from _family(int(child))


def _role(pid: int, root: int) -> str:
    if pid == root:
        return "driver"
    return "workers" if "pyspark.daemon" in _read(Path(f"/proc/{pid}/cmdline")) else "jvm"


def _proportional_size(pid: int) -> int:
    for line in _read(Path(f"/proc/{pid}/smaps_rollup")).splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) << 10
    return 0


def _read(path: Path) -> str:
    """A file of /proc; empty where the process has gone."""
    try:
        return path.read_text()
    except OSError:
        return ""
