"""A `conceptfreq watch` in a process of its own: what it says, and how it ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from entry_scripts import ROOT

PATIENCE = 240.0


class Watcher:
    """The process, with its output in two files."""

    def __init__(self, settings: Path, *options: str, environment: dict[str, str] | None = None) -> None:
        self._err, self._out = settings.with_suffix(".err"), settings.with_suffix(".out")
        command = [sys.executable, "-m", "jobs.cli", "watch", str(settings), *options]
        with self._err.open("w") as err, self._out.open("w") as out:
            self.process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=out, stderr=err)

    @property
    def said(self) -> str:
        """All that it said on standard error."""
        return self._err.read_text()

    @property
    def told(self) -> list[str]:
        """The lines on standard output."""
        return self._out.read_text().splitlines()

    def wait_for(self, text: str, times: int = 1) -> None:
        """Return when it has said this so often."""
        end = time.monotonic() + PATIENCE
        while self.said.count(text) < times:
            assert self.process.poll() is None, f"it ended with {self.process.poll()}: {self.said[-3000:]}"
            assert time.monotonic() < end, f"never said {text!r} {times} times: {self.said[-3000:]}"
            time.sleep(0.2)

    def wait_for_rest(self) -> None:
        """Return when a run has ended, and the next one has not begun."""
        end = time.monotonic() + PATIENCE
        while "watching for shards" not in self.said.splitlines()[-1]:
            assert time.monotonic() < end, f"never at rest: {self.said[-3000:]}"
            time.sleep(0.2)

    def end(self, number: int = signal.SIGTERM) -> int:
        """Its exit status after a signal."""
        self.process.send_signal(number)
        return self.process.wait(60)


@contextmanager
def watching(settings: Path, *options: str) -> Iterator[Watcher]:
    """A watcher that does not outlive the context."""
    watcher = Watcher(settings, *options, environment={**os.environ})
    try:
        yield watcher
    finally:
        if watcher.process.poll() is None:
            watcher.process.kill()
            watcher.process.wait()
