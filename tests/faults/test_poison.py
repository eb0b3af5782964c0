"""An image that crashes its worker costs itself and no other: its shard is tried with care, and the run goes on."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import tiny
from deltalake import DeltaTable

from udfs import statuses

DEADLY = Path(__file__).parents[1] / "support" / "deadly"
CRASHES = (13, 17)


def rows(folder: Path, table: str, *columns: str) -> list[dict[str, Any]]:
    return DeltaTable(str(folder / "lake" / table)).to_pyarrow_table(columns=list(columns)).to_pylist()


def command(name: str, settings: Path) -> str:
    """What the command says, with the deadly decoder in all its processes."""
    paths = os.pathsep.join([str(DEADLY), *filter(None, [os.environ.get("PYTHONPATH")])])
    words = [sys.executable, "-m", "jobs.cli", name, str(settings)]
    done = subprocess.run(words, env={**os.environ, "PYTHONPATH": paths}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stderr


@pytest.mark.long
@pytest.mark.timeout(600)
def test_a_run_comes_to_its_end(tmp_path: Path) -> None:
    corpus = tiny.corpus(tmp_path / "corpus", images=True)
    poison = tiny.picture(7, *CRASHES)
    tiny.write_shard(
        corpus / "00001.tar", [("a", "a dog", tiny.picture(1)), ("b", "a cat", poison), ("c", "a cat", tiny.picture(2))]
    )
    settings = tiny.write_settings(
        tmp_path,
        images={"tagger": tiny.TAGGER, "batch_size": 2},
        spark=tiny.TWO_CORES,
    )
    assert "trying it with care" in command("run", settings)

    seen = {row["sample"]: row["status"] for row in rows(tmp_path, "image_features", "sample", "status")}
    assert seen.pop("b") == statuses.POISON
    assert len(seen) == 8 and set(seen.values()) == {statuses.OK}
    ledger = rows(tmp_path, "shards", "shard", "stage", "state", "statuses")
    [row] = [row for row in ledger if row["stage"] == "images" and row["shard"] == "00001.tar"]
    assert row["state"] == "done" and dict(row["statuses"]) == {statuses.OK: 2, statuses.POISON: 1}
    # All samples are drawn: this one is not decoded again.
    command("verify", settings)
