"""The container entry scripts make a cluster, and the stages give the same counts on it as in one process."""

from __future__ import annotations

import csv
import io
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
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

CAPTIONS = [
    "two dogs on the beach",
    "a cat",
    "the cat and a dog",
    "",
    "nothing here",
    "cats",
    "a beach towel",
]
CONCEPTS = ["dog", "cat", "beach towel", "zebra", "737"]


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
def test_counts_on_the_cluster_equal_those_of_one_process(
    tmp_path: Path, standalone_webui: int, standalone_master: str
) -> None:
    for number in range(4):
        rows = [f"{caption}\thttp://example.org/{number}\n" for caption in CAPTIONS[number:]]
        (tmp_path / f"part-{number}.tsv").write_text("".join(rows))
    submit(write_settings(tmp_path, "cluster"), standalone_master)
    subprocess.run(conceptfreq("run", write_settings(tmp_path, "alone")), check=True, cwd=ROOT)
    found = {name: text_counts(tmp_path / f"{name}.yaml") for name in ("cluster", "alone")}
    assert found["cluster"] == found["alone"]
    frequencies = {row["concept"]: row["frequency"] for row in found["cluster"]}
    # Shard n lacks the first n captions: dog is in the captions 0 and 2, cat in 1, 2 and 5, beach towel in 6.
    assert frequencies == {"dog": "4", "cat": "9", "beach towel": "4", "zebra": "0", "737": ""}
    state = cluster_state(standalone_webui)
    assert state is not None and len(state["completedapps"]) == 1


def write_settings(folder: Path, name: str) -> Path:
    """Text search over the .tsv files of `folder`, into a lake of its own."""
    (folder / "concepts.txt").write_text("\n".join(CONCEPTS) + "\n")
    settings: dict[str, Any] = {
        "name": name,
        "lake": str(folder / name),
        "corpora": [{"name": "lines", "format": "delimited", "path": str(folder), "pattern": "*.tsv"}],
        "concepts": [{"name": "few", "file": str(folder / "concepts.txt")}],
        "captions": {"pipeline": "en_core_web_sm", "match": "strict"},
        "spark": {"master": "local[1]", "driver_memory": "1g"},
    }
    path = folder / f"{name}.yaml"
    path.write_text(yaml.safe_dump(settings))
    return path


def submit(settings: Path, master: str) -> None:
    """Run every stage of the settings on the cluster, as the container of the job does."""
    environment = entry_environment(SPARK_MASTER_URL=master, SPARK_SUBMIT_OPTIONS="--driver-memory 1g")
    subprocess.run([ENTRY / "job.sh", "run", str(settings)], env=environment, cwd=ROOT, check=True)


def conceptfreq(*arguments: str | Path) -> list[str]:
    """The command line, by this interpreter."""
    return [sys.executable, "-m", "jobs.cli", *map(str, arguments)]


def text_counts(settings: Path) -> list[dict[str, str]]:
    """Rows of `conceptfreq counts`."""
    command = conceptfreq("counts", settings, "--search", "text")
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    return list(csv.DictReader(io.StringIO(done.stdout)))
