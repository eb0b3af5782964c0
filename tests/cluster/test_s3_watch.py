"""`watch` over a corpus in one bucket, into a lake in another: Spark itself reaches the lake's bucket only."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import s3
import tiny
from watchers import Watcher, watching

from jobs.lake.lake import Lake
from jobs.lake.lease import sole_driver
from jobs.settings.loading import load_settings


def dogs(environment: dict[str, str], path: Path) -> int:
    command = [sys.executable, "-m", "jobs.cli", "counts", str(path), "--search", "text"]
    told = subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout
    return next(int(row["frequency"]) for row in csv.DictReader(told.splitlines()) if row["concept"] == "dog")


def checkpoints(server: s3.Server) -> list[str]:
    found = server.client.list_objects_v2(Bucket=s3.LAKES, Prefix="lake/_checkpoints/")
    return [one["Key"] for one in found.get("Contents", [])]


def upload(server: s3.Server, folder: Path, name: str, caption: str) -> None:
    tiny.write_shard(folder / name, [("a", caption, None)])
    server.upload(folder, "tiny")


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_arrivals_in_a_bucket(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "corpus").mkdir()
    with s3.server(tmp_path / "server.log") as server:
        for name in s3.VARIABLES.values():
            monkeypatch.setenv(name, server.environment[name])
        changes: dict[str, Any] = {
            "lake": f"s3a://{s3.LAKES}/lake",
            "report": {"output": str(tmp_path / "report.html")},
            "corpora": [{"name": "tiny", "format": "webdataset", "path": f"s3://{s3.PUBLIC}/tiny"}],
            "spark": {"master": "local[2]", "conf": {"spark.sql.shuffle.partitions": 2}},
            "watch": {"seconds": 2},
            "storage": server.storage,
        }
        path = tiny.write_settings(tmp_path, **changes)
        with watching(path, "--json") as watcher:
            watcher.wait_for("does not exist: waiting for shards")
            upload(server, tmp_path / "corpus", "0.tar", "a dog")
            watcher.wait_for("planned 4, done 4, failed 0")
            upload(server, tmp_path / "corpus", "0.tar", "no such animal")
            watcher.wait_for("corpus tiny: 0 new shards, 1 changed, 0 gone")
            watcher.wait_for("planned 4, done 4, failed 0", 2)
            assert dogs(server.environment, path) == 0
            another_driver(path, server, tmp_path, watcher)
            assert watcher.end() == 0, watcher.said[-3000:]
            assert s3.SECRET not in watcher.said + str(watcher.told)
        assert dogs(server.environment, path) == 1
        assert checkpoints(server)
        with watching(path, "--available-now", "--json") as watcher:
            assert watcher.process.wait(300) == 0, watcher.said[-3000:]
            assert json.loads(watcher.told[-1])["written"] == "nothing"


def another_driver(path: Path, server: s3.Server, folder: Path, watcher: Watcher) -> None:
    """While another driver holds the lake, a shard arrives; it is read when the lake is free."""
    lake = Lake(None, load_settings(str(path)).lake)
    with sole_driver(lake, 600):
        upload(server, folder / "corpus", "1.tar", "one dog")
        watcher.wait_for("takes one driver at a time", 2)
    watcher.wait_for("planned 8, done 8, failed 0")
    watcher.wait_for_rest()
