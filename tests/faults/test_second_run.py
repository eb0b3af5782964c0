"""A second run on a corpus and stage while the first one works, in real processes."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import tiny

from jobs.lake.lake import Lake

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 240  # s

pytestmark = [pytest.mark.long, pytest.mark.timeout(1200)]


def start(folder: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "jobs.cli", "run", str(folder / "settings.yaml")]
    return subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)


def stopped_at_work(folder: Path) -> subprocess.Popen[str]:
    """A run that holds a lease and has been stopped there, as a process that hangs would be."""
    process = start(folder)
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and process.poll() is None:
        if leases(folder):
            os.kill(process.pid, signal.SIGSTOP)
            if leases(folder):
                return process
            # Between two stages after all.
            os.kill(process.pid, signal.SIGCONT)
        time.sleep(0.05)
    process.kill()
    pytest.fail("it never took a lease")


def leases(folder: Path) -> list[dict[str, Any]]:
    return Lake(None, str(folder / "lake")).rows("leases")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    tiny.corpus(tmp_path / "corpus")
    tiny.write_settings(tmp_path, spark={"master": "local[1]", "driver_memory": "1g"})
    return tmp_path


def test_it_is_refused_with_who_holds_it_since_when(folder: Path) -> None:
    first = stopped_at_work(folder)
    try:
        second = start(folder)
        said = second.communicate(timeout=PATIENCE)[1]
        assert second.returncode == 1
        assert re.search(rf"corpus tiny, stage \w+: held by \S+-{first.pid}-\w+ on \S+ since \d{{4}}-\d\d-\d\d", said)
    finally:
        os.kill(first.pid, signal.SIGCONT)
    first.communicate(timeout=PATIENCE)
    assert first.returncode == 0, "the first run comes to its end undisturbed"


def test_a_dead_holder_is_taken_over(folder: Path) -> None:
    first = stopped_at_work(folder)
    first.kill()
    first.communicate()
    assert leases(folder), "the dead left its lease behind"
    second = start(folder)
    said = second.communicate(timeout=PATIENCE)[1]
    assert second.returncode == 0, said[-3000:]
    assert "taking over the lease of" in said
    assert not leases(folder)
