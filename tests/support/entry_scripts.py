"""The container entry scripts as plain processes of this machine, on loopback only."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
ENTRY = ROOT / "docker" / "entry"
LOOPBACK = "127.0.0.1"
PATIENCE = 60  # s


def free_port() -> int:
    """A port that nothing listens on now."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def entry_environment(**more: str) -> dict[str, str]:
    """What the image gives by being the image: this interpreter's programs first on PATH; and loopback."""
    programs = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    own = {"PATH": programs, "PYSPARK_PYTHON": sys.executable, "SPARK_LOCAL_IP": LOOPBACK}
    return {**os.environ, **own, "SPARK_DAEMON_MEMORY": "256m", "OMP_NUM_THREADS": "1", **more}


@contextmanager
def entry_process(script: str, log: Path, **environment: str) -> Iterator[subprocess.Popen[bytes]]:
    """The script running in a process group of its own; the whole group is gone afterwards."""
    with log.open("wb") as out:
        process = subprocess.Popen(
            [ENTRY / script],
            env=entry_environment(**environment),
            stdout=out,
            stderr=subprocess.STDOUT,
            cwd=log.parent,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        stop_group(process)


def stop_group(process: subprocess.Popen[bytes]) -> None:
    """SIGTERM to the group that we started, SIGKILL to what is left of it after 10 s."""
    for number, seconds in ((signal.SIGTERM, 10), (signal.SIGKILL, 10)):
        try:
            os.killpg(process.pid, number)
            process.wait(seconds)
        except ProcessLookupError:
            return
        except subprocess.TimeoutExpired:
            continue


def wait_for(ready: Callable[[], bool], what: str, log: Path) -> None:
    """Return once `ready`; fail with the end of the log after PATIENCE seconds."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if ready():
            return
        time.sleep(0.2)
    pytest.fail(f"{what}: not within {PATIENCE} s; {log}:\n{log.read_text(errors='replace')[-3000:]}")


def fetch(url: str) -> bytes | None:
    """The body at `url`, None where nobody answers yet."""
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return bytes(answer.read())
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return None


def cluster_state(webui_port: int) -> dict[str, Any] | None:
    """What the master's page says as JSON."""
    body = fetch(f"http://{LOOPBACK}:{webui_port}/json/")
    return None if body is None else dict(json.loads(body))


def workers_alive(webui_port: int) -> int:
    """Workers that the master counts on."""
    state = cluster_state(webui_port)
    return 0 if state is None else sum(worker["state"] == "ALIVE" for worker in state["workers"])
