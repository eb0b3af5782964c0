"""The watch in this process: what it does at its start, and what it decides."""

from __future__ import annotations

import threading
from pathlib import Path

import lakes
import pytest
import tiny
from pyspark.sql import SparkSession

from jobs import cli
from jobs.core.context import Context
from jobs.core.listing import Listings
from jobs.core.stage import Result
from jobs.errors import NoShards, SettingsError
from jobs.lake.lake import Lake
from jobs.settings.loading import check_settings, load_settings
from jobs.stream.bell import Bell
from jobs.stream.watching import Watching, changes, check_start


def test_what_is_there_is_done_once(spark: SparkSession, tmp_path: Path) -> None:
    tiny.corpus(tmp_path / "corpus", tiny.CAPTIONS[:1])
    settings = check_settings(tiny.settings_dict(tmp_path))
    lake, ended = Lake(spark, settings.lake), []

    def tell(context: Context, result: Result) -> int:
        ended.append(result)
        return 0 if result.succeeded else 1

    def look() -> int:
        watching = Watching(settings, lake, ("ingest",), tell)
        watching.what_is_there()
        return watching.status

    assert look() == 0
    assert [one.committed for one in ended[0].stages] == [1]
    before = lakes.versions(tmp_path / "lake")
    assert look() == 0
    assert len(ended) == 2 and ended[1].idle
    assert lakes.versions(tmp_path / "lake") == before


def test_changes_are_counted_by_kind(tmp_path: Path) -> None:
    folder = tiny.corpus(tmp_path / "corpus")
    corpus = check_settings(tiny.settings_dict(tmp_path)).corpora[0]
    before = {"tiny": Listings().of(corpus)}
    assert list(changes(before, before)) == []
    (folder / "00000.tar").unlink()
    (folder / "00001.tar").write_bytes(b"")
    (folder / "00003.tar").write_bytes(b"")
    (folder / "00004.tar").write_bytes(b"")
    after = {"tiny": Listings().of(corpus)}
    assert list(changes(before, after)) == ["corpus tiny: 2 new shards, 1 changed, 1 gone"]
    empty = {"tiny": NoShards("tiny: no shards")}
    assert list(changes({}, empty)) == ["tiny: no shards: waiting for shards"]
    assert list(changes(empty, empty)) == []
    assert list(changes(empty, after)) == ["corpus tiny: 4 new shards, 0 changed, 0 gone"]


def test_an_empty_corpus_is_waited_for_and_a_missing_one_is_refused(tmp_path: Path) -> None:
    settings = check_settings(tiny.settings_dict(tmp_path))
    with pytest.raises(SettingsError, match="does not exist"):
        check_start(settings, ("ingest", "captions"), may_wait=True)
    (tmp_path / "corpus").mkdir()
    assert not check_start(settings, ("ingest", "captions"), may_wait=True).names
    with pytest.raises(NoShards, match="no webdataset shards"):
        check_start(settings, ("ingest", "captions"), may_wait=False)


def test_models_are_looked_for_while_there_are_no_shards(tmp_path: Path) -> None:
    (tmp_path / "corpus").mkdir()
    settings = check_settings(tiny.settings_dict(tmp_path, captions={"pipeline": "absent"}))
    with pytest.raises(SettingsError, match="captions.pipeline"):
        check_start(settings, ("ingest", "captions"), may_wait=True)


def test_spark_connect_is_refused_before_anything_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    tiny.corpus(tmp_path / "corpus")
    monkeypatch.setenv("SPARK_REMOTE", "sc://nowhere:15002")
    assert cli.main(["watch", str(tiny.write_settings(tmp_path))]) == 2
    assert "`conceptfreq run CONFIG` on a schedule" in caplog.text and "file_arrival" in caplog.text
    assert not (tmp_path / "lake").exists()


def test_the_plan_says_what_is_waited_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "corpus").mkdir()
    path = tiny.write_settings(tmp_path, watch={"seconds": 300})
    assert cli.main(["watch", str(path), "--dry-run"]) == 0
    told = capsys.readouterr().out
    assert f"corpus tiny: no shards yet, waiting for them in {tmp_path}/corpus" in told
    assert "every 300 s" in told and "/lake/_checkpoints/" in told
    assert cli.main(["watch", str(path), "--dry-run", "--available-now"]) == 2
    assert load_settings(str(path)).watch.seconds == 300


def test_a_bell_that_is_silenced_commits_nothing() -> None:
    bell, failed = Bell(), []

    def ring() -> None:
        try:
            bell.ring(None, 0)  # type: ignore[arg-type]
        except RuntimeError as error:
            failed.append(error)

    first = threading.Thread(target=ring)
    first.start()
    assert bell.wait(5)
    bell.answer()
    first.join(5)
    assert not first.is_alive() and not failed
    for _ in range(2):
        again = threading.Thread(target=ring)
        again.start()
        bell.silence()
        again.join(5)
        assert not again.is_alive()
    assert len(failed) == 2
