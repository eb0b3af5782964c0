"""The stages over Spark Connect: the tables of a classic session, from a client that has neither a JVM nor py4j."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import lakes
import pytest
import tiny
from connect_clients import COMMAND, DEADLY, client, without_remote
from deltalake import DeltaTable
from entry_scripts import ROOT

from udfs import statuses

pytestmark = [pytest.mark.long, pytest.mark.timeout(900)]

# The size that the deadly decoder dies of.
CRASHES = (13, 17)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A corpus with pictures, one of which crashes its worker."""
    folder = tmp_path_factory.mktemp("connect")
    corpus = tiny.corpus(folder / "corpus", images=True)
    poison = [("a", "a dog", tiny.picture(1)), ("b", "a cat", tiny.picture(7, *CRASHES))]
    tiny.write_shard(corpus / "00001.tar", poison)
    return folder


def settings(folder: Path, lake: str) -> str:
    """Settings of a run with tags into a lake in a folder of that name, with its report beside it."""
    images = {"tagger": {**tiny.TAGGER, "floor": 0.01, "threshold": [0.02, 0.05]}, "batch_size": 2}
    return str(tiny.write_settings(folder, lake=str(folder / lake / "lake"), images=images, spark=tiny.TWO_CORES))


def test_the_tables_are_those_of_a_classic_session(server: str, folder: Path) -> None:
    done = client(server, COMMAND, "run", settings(folder, "remote"))
    assert done.returncode == 0, done.stderr[-5000:]
    assert "trying it with care" in done.stderr

    words = [sys.executable, "-m", "jobs.cli", "run", settings(folder, "classic")]
    environment = {**without_remote(), "PYTHONPATH": str(DEADLY)}
    subprocess.run(words, cwd=ROOT, env=environment, check=True, capture_output=True)
    lakes.assert_equal(folder / "remote" / "lake", folder / "classic" / "lake")

    features = DeltaTable(str(folder / "remote" / "lake" / "image_features"))
    found = features.to_pyarrow_table(columns=["sample", "status"]).to_pylist()
    assert [row["sample"] for row in found if row["status"] == statuses.POISON] == ["b"]

    again = client(server, COMMAND, "run", settings(folder, "remote"))
    assert again.returncode == 0 and "nothing was written" in again.stderr


def test_doctor_looks_at_the_server(server: str, folder: Path) -> None:
    done = client(server, COMMAND, "doctor", settings(folder, "looked_at"))
    assert done.returncode == 0, done.stdout + done.stderr[-3000:]
    assert all(said in done.stdout for said in ("with Delta Lake", "a Delta commit is made", "executor on "))
