"""The processes of this machine: a Python that is waited for; and by /proc, who descends from whom, and SIGKILL."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

# The exit status of a process that SIGKILL ended, as subprocess gives it.
KILLED = -signal.SIGKILL
PROC = Path("/proc")


def python(*words: str, environment: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """This interpreter with these arguments, to its end; whatever the exit status."""
    return subprocess.run([sys.executable, *words], env=environment, capture_output=True, text=True, check=False)


def descendants(ancestor: int) -> list[int]:
    """The processes that this one started, and those that they started, oldest number first."""
    parents = {pid: found[1] for pid in _all() if (found := _state(pid))}
    family = {ancestor}
    while more := {pid for pid, parent in parents.items() if parent in family} - family:
        family |= more
    return sorted(family - {ancestor})


def command_line(pid: int) -> str:
    """The words with which a process was started; empty where it is gone."""
    try:
        return (PROC / str(pid) / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""


def command_lines() -> str:
    """Those of every process."""
    return "\n".join(map(command_line, _all()))


def kill(pids: Iterable[int]) -> bool:
    """SIGKILL to each that lives; whether there was one. A process that nobody has waited for does not live."""
    living = [pid for pid in pids if (found := _state(pid)) and found[0] != "Z"]
    for pid in living:
        os.kill(pid, signal.SIGKILL)
    return bool(living)


def _all() -> list[int]:
    return [int(entry.name) for entry in PROC.iterdir() if entry.name.isdigit()]


def _state(pid: int) -> tuple[str, int] | None:
    """The state's letter and the parent; None where the process is gone."""
    try:
        # The name in brackets may hold anything, brackets too.
        state, parent, *_ = (PROC / str(pid) / "stat").read_text(errors="replace").rpartition(")")[2].split()
    except OSError:
        return None
    return state, int(parent)
