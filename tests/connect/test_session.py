"""A server that is not there, an address that is none, a Python that lacks the client: each is said in one line."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import tiny
from connect_clients import client, without_remote
from entry_scripts import LOOPBACK, ROOT, free_port

pytestmark = pytest.mark.long


@pytest.fixture
def run(tmp_path: Path) -> list[str]:
    """The words that run a small corpus."""
    tiny.corpus(tmp_path / "corpus")
    return ["-m", "jobs.cli", "run", str(tiny.write_settings(tmp_path))]


def test_a_server_that_is_not_there(run: list[str]) -> None:
    address = f"sc://{LOOPBACK}:{free_port()}"
    done = client(f"{address}/;token=secret", *run)
    assert done.returncode == 1, done.stderr
    assert f"{address}/: no Spark Connect server answered within 30 s" in done.stderr
    assert "Traceback" not in done.stderr and "secret" not in done.stderr


def test_an_address_that_is_none(run: list[str]) -> None:
    done = client("https://nowhere", *run)
    assert done.returncode == 2, done.stderr
    assert "SPARK_REMOTE=https://nowhere: " in done.stderr and "sc://" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_watch(run: list[str]) -> None:
    done = client(f"sc://{LOOPBACK}:{free_port()}", *run[:2], "watch", *run[3:])
    assert done.returncode == 2, done.stderr
    assert "watch does not work on Spark Connect" in done.stderr and "Traceback" not in done.stderr


def test_a_client_without_an_address(run: list[str]) -> None:
    done = client(None, *run)
    assert done.returncode == 2, done.stderr
    assert "set SPARK_REMOTE=sc://HOST:PORT" in done.stderr and "Traceback" not in done.stderr


def test_an_address_without_a_client(run: list[str]) -> None:
    environment = {**without_remote(), "SPARK_REMOTE": "sc://nowhere"}
    done = subprocess.run([sys.executable, *run], cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode == 2, done.stderr
    assert "the packages of the extra `connect`" in done.stderr and "Traceback" not in done.stderr
