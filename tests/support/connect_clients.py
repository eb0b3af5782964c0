"""A Spark Connect server from this environment's pyspark, and clients in one that has pyspark-client alone."""

from __future__ import annotations

import os
import socket
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import java_options
import pytest
from entry_scripts import LOOPBACK, ROOT, entry_process, wait_for

CLIENT = ROOT / ".venv-connect" / "bin" / "python"
# Files, as pyspark takes `python -c` on Spark Connect for a run of its own doctests, and ends it.
PROGRAMS = ROOT / "tests" / "connect" / "programs"
COMMAND = str(PROGRAMS / "command.py")
# On the workers' path, for images that crash whoever decodes them.
DEADLY = ROOT / "tests" / "support" / "deadly"


@contextmanager
def connect_server(folder: Path, port: int) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """A server on loopback with two cores: its address and its process."""
    log = folder / "connect.log"
    environment = {
        "SPARK_MASTER_URL": "local[2]",
        "SPARK_CONNECT_HOST": LOOPBACK,
        "SPARK_CONNECT_PORT": str(port),
        "SPARK_CONF": str(ROOT / "conf" / "spark-standalone.conf"),
        "SPARK_SUBMIT_OPTIONS": "--conf spark.ui.enabled=false",
        "SPARK_DAEMON_MEMORY": "1g",
        "SPARK_SUBMIT_OPTS": java_options.SHARED,
        "PYTHONPATH": str(DEADLY),
    }
    with entry_process("connect.sh", log, **environment) as process:
        wait_for(lambda: _listens(port), "the Spark Connect server", log)
        yield f"sc://{LOOPBACK}:{port}", process


def client(server: str | None, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """A Python of the client's environment with these arguments, run in the checkout; no server, no SPARK_REMOTE."""
    with client_process(server, words, **environment) as process:
        out, err = process.communicate()
    return subprocess.CompletedProcess(process.args, process.returncode, out, err)


def client_process(server: str | None, words: Sequence[str], **environment: str) -> subprocess.Popen[str]:
    """The same, while it runs."""
    command, own = client_words(server, words)
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.Popen(command, cwd=ROOT, env={**own, **environment}, text=True, **pipes)


def client_words(server: str | None, words: Sequence[str]) -> tuple[list[str], dict[str, str]]:
    """The command line and the environment of such a Python."""
    require_client()
    remote = {"SPARK_REMOTE": server} if server else {}
    return [str(CLIENT), *words], {**without_remote(), "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", **remote}


def require_client() -> None:
    """Skip the test where there is no such environment."""
    if not CLIENT.exists():
        pytest.skip(f"no {CLIENT}: `make venv-connect` makes the environment with Spark's client only")


def without_remote() -> dict[str, str]:
    """This process's environment without what names a Spark."""
    return {key: value for key, value in os.environ.items() if key not in ("SPARK_REMOTE", "PYSPARK_PYTHON")}


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((LOOPBACK, port)) == 0
