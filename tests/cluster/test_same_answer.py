"""One core, several processes, other partitions, another order of shards: every table is the same, row by row."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import lakes
import pytest
import tiny
from entry_scripts import ROOT

from jobs.lake.lake import Lake

# Ten samples a shard: forwards of four images and record batches of three rows end elsewhere than shards do.
CAPTIONS = [[*shard, *(f"{number} tigers and a {shard[0]}" for number in range(7))] for shard in tiny.CAPTIONS]
OTHER_PARTITIONS = {"spark.sql.shuffle.partitions": 7, "spark.sql.execution.arrow.maxRecordsPerBatch": 3}

pytestmark = [pytest.mark.long, pytest.mark.timeout(1800)]


def run(folder: Path, lake: str, home: Path, *options: str, **spark: Any) -> None:
    """Run the settings of `folder` into a lake of that name there, by the command line in a process of its own."""
    settings = tiny.write_settings(
        folder,
        lake=str(folder / lake),
        images={"tagger": {**tiny.TAGGER, "floor": 0.01, "threshold": [0.02, 0.05]}, "batch_size": 4},
        spark={"driver_memory": "1g", **spark},
    )
    command = [sys.executable, "-m", "jobs.cli", "run", str(settings), *options]
    environment = {**os.environ, "SPARK_HOME": str(home)}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-5000:]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, spark_home: Path) -> Path:
    """A corpus with pictures, and under `one_core` the lake of a run on one core."""
    folder = tmp_path_factory.mktemp("same-answer")
    tiny.corpus(folder / "corpus", CAPTIONS, images=True)
    # ImageNet's names, so that the image search finds some.
    names = (ROOT / "conf" / "concepts" / "imagenet.txt").read_text(encoding="utf-8")
    (folder / "concepts.txt").write_text(names + "\n".join(tiny.CONCEPTS), encoding="utf-8")
    run(folder, "one_core", spark_home, master="local[1]")
    counted = Lake(None, str(folder / "one_core")).rows("shard_counts", ["counts"], search="image")
    assert sum(len(row["counts"]) for row in counted) > 10, "an image search that finds nothing compares nothing"
    return folder


def test_on_executors_that_are_processes_of_their_own(folder: Path, spark_home: Path) -> None:
    run(folder, "local_cluster", spark_home, master="local-cluster[2,1,1024]")
    lakes.assert_equal(folder / "local_cluster", folder / "one_core")


def test_in_other_partitions_and_waves(folder: Path, spark_home: Path) -> None:
    run(folder, "partitions", spark_home, "--set", "waves.max_shards=1", master="local[2]", conf=OTHER_PARTITIONS)
    lakes.assert_equal(folder / "partitions", folder / "one_core")


def test_in_another_order_of_shards(folder: Path, spark_home: Path) -> None:
    for shards in ("00002.tar", "0000[12].tar", "*.tar"):
        run(folder, "order", spark_home, "--set", f"corpora.tiny.pattern='{shards}'", master="local[2]")
    lakes.assert_equal(folder / "order", folder / "one_core")
