"""`conceptfreq watch` as a process: it ends with the tables of `run`, whatever arrives, fails, is lost or is killed."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import lakes
import pytest
import tiny
from watchers import watching

from jobs.lake.lake import Lake
from jobs.lake.lease import Lease
from udfs import statuses

SCRIPT = Path(__file__).with_name("interrupted.py")
NEVER = 10_000
KILLED = -9
NOW = ("watch", "--available-now")
MORE = ("one more dog", "a leaf under a bicycle")

pytestmark = [pytest.mark.long, pytest.mark.timeout(1800)]


def run(folder: Path, *command: str, last: int = NEVER) -> subprocess.CompletedProcess[str]:
    """A command over the settings of `folder`, killed before its commit of number `last`."""
    words = [sys.executable, str(SCRIPT), str(folder / "settings.yaml"), str(last), "before", *command]
    return subprocess.run(words, capture_output=True, text=True, check=False)


def write_settings(folder: Path, **changes: Any) -> Path:
    spark = {"master": "local[2]", "driver_memory": "1g", "conf": {"spark.sql.shuffle.partitions": 2}}
    return tiny.write_settings(folder, **{"spark": spark, "watch": {"seconds": 1}, **changes})


def corpora(folder: Path, *names: str) -> list[dict[str, Any]]:
    return [{"name": name, "format": "webdataset", "path": str(folder / name)} for name in names]


def add(shard: Path, *captions: str) -> None:
    """Write a shard as whoever copies one should: under a hidden name first."""
    hidden = shard.with_name(f".{shard.name}")
    tiny.write_shard(hidden, [(f"more{number}", caption, None) for number, caption in enumerate(captions)])
    hidden.rename(shard)


@pytest.fixture(scope="module")
def texts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A corpus, and under `expected` the lake of `run`."""
    folder = tmp_path_factory.mktemp("watched")
    tiny.corpus(folder / "corpus")
    write_settings(folder, waves={"max_shards": 2})
    done = run(folder, "run")
    assert done.returncode == 0, done.stderr[-3000:]
    (folder / "lake").rename(folder / "expected")
    return folder


@pytest.fixture
def clean(texts: Path) -> Path:
    """The same without a lake."""
    shutil.rmtree(texts / "lake", ignore_errors=True)
    return texts


def summary(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    assert done.returncode == 0, done.stderr[-3000:]
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_available_now_is_a_run_and_its_checkpoint_may_be_lost(clean: Path) -> None:
    first = summary(run(clean, *NOW, "--json"))
    assert (first["planned"], first["done"], first["written"]) == (12, 12, "tables")
    lakes.assert_equal(clean / "lake", clean / "expected")
    before = lakes.versions(clean / "lake")
    assert summary(run(clean, *NOW, "--json"))["written"] == "nothing"
    shutil.rmtree(clean / "lake" / "_checkpoints")
    assert summary(run(clean, *NOW, "--json"))["written"] == "nothing"
    # The other door finds nothing to do either.
    assert summary(run(clean, "run", "--json"))["written"] == "nothing"
    assert lakes.versions(clean / "lake") == before
    maintained = run(clean, "maintain", "--json")
    assert maintained.returncode == 0 and (clean / "lake" / "_checkpoints").is_dir()


@pytest.mark.parametrize("last", [6, 12])
def test_killed_and_started_again(clean: Path, last: int) -> None:
    assert run(clean, *NOW, last=last).returncode == KILLED
    again = run(clean, *NOW)
    assert again.returncode == 0, again.stderr[-3000:]
    lakes.assert_equal(clean / "lake", clean / "expected")


def test_arrivals_of_every_kind(tmp_path: Path) -> None:
    """A new corpus, a new shard, one written again, one renamed, one older than all: as `run` over what is there."""
    tiny.corpus(tmp_path / "full")
    (tmp_path / "empty").mkdir()
    settings = write_settings(tmp_path, corpora=corpora(tmp_path, "full", "empty"))
    with watching(settings, "--json") as watcher:
        watcher.wait_for("watching for shards")
        assert "empty: no webdataset shards" in watcher.said and "waiting for shards" in watcher.said
        add(tmp_path / "empty" / "first.tar", *MORE)
        watcher.wait_for("corpus empty: 1 new shards, 0 changed, 0 gone")
        watcher.wait_for("watching for shards", 2)
        add(tmp_path / "full" / "00001.tar", *MORE)
        watcher.wait_for("corpus full: 0 new shards, 1 changed, 0 gone")
        watcher.wait_for("watching for shards", 3)
        (tmp_path / "full" / "00002.tar").rename(tmp_path / "full" / "renamed.tar")
        watcher.wait_for("corpus full: 1 new shards, 0 changed, 1 gone")
        watcher.wait_for("watching for shards", 4)
        add(tmp_path / "old.tar", *MORE)
        os.utime(tmp_path / "old.tar", (10**9, 10**9))
        (tmp_path / "old.tar").rename(tmp_path / "full" / "old.tar")
        watcher.wait_for("watching for shards", 5)
        ends = [json.loads(line) for line in watcher.told]
        assert watcher.end(signal.SIGTERM) == 0, watcher.said[-3000:]
        assert "Traceback" not in watcher.said
    assert [end["planned"] for end in ends] == [12, 16, 16, 16, 20]
    assert all(end["done"] == end["planned"] and not end["troubles"] for end in ends)
    (tmp_path / "lake").rename(tmp_path / "watched")
    assert run(tmp_path, "run").returncode == 0
    lakes.assert_equal(tmp_path / "watched", tmp_path / "lake")


def test_a_bad_corpus_does_not_hold_up_a_good_one(tmp_path: Path) -> None:
    tiny.corpus(tmp_path / "good")
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad" / "a.tar").write_bytes(b"this is no tar" * 100)
    settings = write_settings(tmp_path, corpora=corpora(tmp_path, "bad", "good"))
    with watching(settings, "--json") as watcher:
        watcher.wait_for("failed work is tried again with the next arrival, or in 1 s")
        watcher.wait_for("failed work is tried again with the next arrival, or in 2 s")
        (tmp_path / "bad").rename(tmp_path / "elsewhere")
        watcher.wait_for(f"bad: path {tmp_path}/bad does not exist")
        add(tmp_path / "good" / "more.tar", *MORE)
        watcher.wait_for("corpus good: 1 new shards, 0 changed, 0 gone")
        watcher.wait_for("planned 16, done 16, failed 0, samples 11")
        assert {one["corpus"]: one["done"] for one in json.loads(watcher.told[-1])["stages"]} == {"good": 4}
        assert watcher.end(signal.SIGINT) == 1
        first = json.loads(watcher.told[0])
        assert statuses.BAD_SHARD in str(first["stages"]) and first["troubles"]
    (tmp_path / "bad").mkdir()
    add(tmp_path / "bad" / "a.tar", *MORE)
    with watching(settings) as watcher:
        watcher.wait_for("watching for shards")
        assert watcher.end() == 0, watcher.said[-3000:]


def test_another_run_works_there(clean: Path) -> None:
    shutil.copytree(clean / "expected", clean / "lake")
    add(clean / "corpus" / "more.tar", *MORE)
    try:
        held = Lease(Lake(None, str(clean / "lake")), "tiny", "ingest", 600)
        with held.hold(), watching(write_settings(clean)) as watcher:
            # Twice by each run: at once, and in its last lines.
            watcher.wait_for("held by", 3)
            assert watcher.said.count("or in 1 s") >= 1 and "or in 2 s" not in watcher.said
            assert watcher.end() == 1
        with watching(clean / "settings.yaml") as watcher:
            watcher.wait_for("watching for shards")
            assert watcher.end() == 0
    finally:
        (clean / "corpus" / "more.tar").unlink()


def test_a_list_that_comes_back(tmp_path: Path) -> None:
    tiny.corpus(tmp_path / "corpus", tiny.CAPTIONS[:1])
    with watching(write_settings(tmp_path)) as watcher:
        watcher.wait_for("watching for shards")
        (tmp_path / "concepts.txt").rename(tmp_path / "away.txt")
        add(tmp_path / "corpus" / "more.tar", *MORE)
        watcher.wait_for("in 2 s")
        assert "concepts.txt" in watcher.said
        (tmp_path / "away.txt").rename(tmp_path / "concepts.txt")
        watcher.wait_for("planned 8, done 8, failed 0")
        watcher.wait_for_rest()
        assert watcher.end() == 0


def test_a_session_that_is_lost_ends_it(clean: Path) -> None:
    shutil.copytree(clean / "expected", clean / "lake")
    with watching(write_settings(clean)) as watcher:
        watcher.wait_for("watching for shards")
        children = Path(f"/proc/{watcher.process.pid}/task/{watcher.process.pid}/children").read_text().split()
        [java] = [one for one in children if "java" in Path(f"/proc/{one}/cmdline").read_text()]
        os.kill(int(java), signal.SIGKILL)
        assert watcher.process.wait(60) == 1
        assert "the Spark session was stopped, or its driver or server died" in watcher.said
        assert "start the same command again" in watcher.said
