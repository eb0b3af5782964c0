"""A small file whose rows are more than the driver takes from Spark is written by Spark."""

from __future__ import annotations

import gzip
from pathlib import Path

import processes
import pytest
import tiny

from jobs.lake.lake import Lake

pytestmark = pytest.mark.long

# Spark's driver accepts 1 MiB here, and 1 GiB by default.
LIMIT = {"spark.driver.maxResultSize": "1m"}
CAPTION = "a dog " * 200_000


def test_a_shard_that_is_large_when_it_is_read(tmp_path: Path) -> None:
    corpus = tmp_path / "texts"
    corpus.mkdir()
    with gzip.open(corpus / "0.tsv.gz", "wt", encoding="utf-8") as file:
        file.write("caption\turl\n" + "".join(f"{CAPTION}{number}\tu\n" for number in range(3)))
    corpora = [{"name": "texts", "format": "delimited", "path": str(corpus)}]
    path = tiny.write_settings(tmp_path, corpora=corpora, spark={"master": "local[2]", "conf": LIMIT})
    done = processes.python("-m", "jobs.cli", "ingest", str(path), "--log-level", "debug")
    assert done.returncode == 0, done.stderr[-3000:]
    assert "samples: a wave is too large for the driver, so Spark writes it" in done.stderr
    found = Lake(None, str(tmp_path / "lake")).rows("samples", ["caption", "status"])
    assert [len(row["caption"]) for row in found] == [len(CAPTION) + 1] * 3
