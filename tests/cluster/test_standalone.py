"""The container entry scripts make a cluster, and the stages give the same counts on it as in one process."""

from __future__ import annotations

import csv
import io
import subprocess
import sys
from pathlib import Path

import pytest
import tiny
from entry_scripts import (
    ENTRY,
    LOOPBACK,
    ROOT,
    cluster_state,
    entry_environment,
    entry_process,
    fetch,
    free_port,
    wait_for,
)

# By hand from tiny.CAPTIONS; every other way to run the stages is held to the same numbers.
BY_HAND = {
    "dog": "3",
    "cat": "3",
    "bicycle": "2",
    "tiger": "1",
    "new_york": "1",
    "leaf": "1",
    "unicorn": "0",
    "737": "",
}


def test_workers_register_with_what_they_have(standalone_webui: int, standalone_master: str) -> None:
    state = cluster_state(standalone_webui)
    assert state is not None
    assert standalone_master.startswith(f"spark://{LOOPBACK}:")
    assert [(worker["cores"], worker["memory"]) for worker in state["workers"]] == [(1, 1024), (1, 1024)]


@pytest.mark.long
def test_mlflow_server_answers(tmp_path: Path) -> None:
    port = free_port()
    data = tmp_path / "store"
    where = {"MLFLOW_HOST": LOOPBACK, "MLFLOW_PORT": str(port), "MLFLOW_DATA": str(data)}
    with entry_process("mlflow.sh", tmp_path / "mlflow.log", **where):
        ready = lambda: fetch(f"http://{LOOPBACK}:{port}/health") == b"OK"  # noqa: E731
        wait_for(ready, "the MLflow server", tmp_path / "mlflow.log")
    assert (data / "mlflow.db").is_file()


@pytest.mark.long
@pytest.mark.timeout(1200)
def test_the_job_counts_on_the_cluster(tmp_path: Path, standalone_webui: int, standalone_master: str) -> None:
    tiny.corpus(tmp_path / "corpus")
    settings = tiny.write_settings(tmp_path)
    environment = entry_environment(SPARK_MASTER_URL=standalone_master, SPARK_SUBMIT_OPTIONS="--driver-memory 1g")
    before = applications(standalone_webui)
    subprocess.run([ENTRY / "job.sh", "run", str(settings)], env=environment, cwd=ROOT, check=True)
    # Else it ran somewhere else.
    assert applications(standalone_webui) == before + 1
    counts = [sys.executable, "-m", "jobs.cli", "counts", str(settings), "--search", "text"]
    done = subprocess.run(counts, cwd=ROOT, check=True, capture_output=True, text=True)
    found = {row["concept"]: row["frequency"] for row in csv.DictReader(io.StringIO(done.stdout))}
    assert found == BY_HAND


def applications(webui_port: int) -> int:
    """How many applications the master has seen the end of."""
    state = cluster_state(webui_port)
    assert state is not None
    return len(state["completedapps"])
