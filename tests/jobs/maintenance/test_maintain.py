"""`maintain` makes a lake quick to read and small, changes no row, meets no run, and is done when it is done."""

from __future__ import annotations

import json
import os
import socket
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import lakes
import pytest
import tiny
import worn
from deltalake import DeltaTable

from jobs.cli import main
from jobs.core.stage_specs import samples_spec
from jobs.errors import LeaseHeld
from jobs.lake.lake import Lake
from jobs.lake.lease import Lease
from jobs.settings.settings import Settings

# A spec that the settings do not name.
OLD = "ingest-000000000000"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A lake that needs looking after, and settings; there is no Java, as none is needed."""
    monkeypatch.setenv("JAVA_HOME", "/nonexistent")
    worn.lake(tmp_path / "lake")
    tiny.write_settings(tmp_path)
    return tmp_path


def maintain(folder: Path, *options: str) -> int:
    return main(["maintain", str(folder / "settings.yaml"), *options])


def said(capsys: pytest.CaptureFixture[str]) -> Any:
    """The summary by table."""
    found = json.loads(capsys.readouterr().out)
    return {row["table"]: row for row in found["upkeep"]}, found["superseded"]


def hold(lake: Path, corpus: str, stage: str, **changes: Any) -> None:
    """A lease of a run elsewhere."""
    now = datetime.now(UTC)
    row = {
        "corpus": corpus,
        "stage": stage,
        "owner": "somebody",
        "host": "elsewhere",
        "process": 1,
        "since": now,
        "heartbeat": now,
        "expires": now + timedelta(seconds=60),
        **changes,
    }
    Lake(None, str(lake)).replace_rows("leases", {"corpus": corpus, "stage": stage}, [row])


def with_two_specs(folder: Path) -> str:
    """Samples and ledger under the spec that the settings name, which is returned, and under OLD."""
    lake = folder / "lake"
    [first] = {row["spec"] for row in Lake(None, str(lake)).rows("samples", ["spec"])}
    named = samples_spec(Settings.model_validate(tiny.settings_dict(folder)).corpora[0]).id
    for table in ("samples", "shards"):
        worn.under(lake / table, first, OLD)
        if named != first:
            worn.under(lake / table, first, named)
    return named


def test_small_files_become_few_and_no_row_changes(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lake = folder / "lake"
    before = lakes.tables(lake)
    assert maintain(folder, "--json") == 0
    tables, _ = said(capsys)
    assert (tables["samples"]["files"], tables["samples"]["files_after"]) == (9, 1)
    assert "compact 1 partition" in tables["caption_terms"]["what"]
    assert "checkpoint" in tables["leases"]["what"] and "compact" not in tables["leases"]["what"]
    assert lakes.tables(lake) == before
    history = DeltaTable(str(lake / "samples")).history()
    assert history[0]["operation"] == "OPTIMIZE"
    # Who reads an older version still can.
    assert DeltaTable(str(lake / "samples"), version=history[0]["version"] - 1).to_pyarrow_table().num_rows == 9

    after = worn.files(lake)
    assert maintain(folder) == 0
    assert "nothing to do" in capsys.readouterr().out
    assert worn.files(lake) == after


def test_spark_reads_what_was_compacted(spark: Any, folder: Path) -> None:
    assert maintain(folder) == 0
    lake = Lake(spark, str(folder / "lake"))
    assert lake.read("samples").where("status = 'ok' AND image.length > 0").count() == 9
    assert lake.read("caption_terms").selectExpr("explode(keys)").count() > 9


def test_a_dry_run_shows_the_plan_and_does_nothing(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    old = worn.left_by_a_kill(folder / "lake" / "samples", 200)
    worn.staged(folder / "lake", "images-tiny")
    before = worn.files(folder / "lake")
    assert maintain(folder, "--dry-run") == 0
    header, *lines = capsys.readouterr().out.splitlines()
    assert header.split() == ["table", "what", "files", "files", "after", "bytes", "freed"]
    [samples] = [line for line in lines if line.startswith("samples ")]
    assert "compact 1 partition, delete 1 old file, checkpoint" in samples
    assert samples.split()[-3:] == ["9", "-", f"{old.stat().st_size:,}"]
    assert any(line.startswith("_staging/images-tiny ") for line in lines)
    assert worn.files(folder / "lake") == before


def test_old_files_go_and_young_ones_stay(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table = folder / "lake" / "samples"
    old, young = worn.left_by_a_kill(table, 200), worn.left_by_a_kill(table, 100)
    assert maintain(folder, "--json") == 0
    assert said(capsys)[0]["samples"]["bytes"] == 1000
    assert not old.exists() and young.exists()
    assert maintain(folder, "--retention-hours", "300", "--json") == 0
    assert said(capsys)[0] == {} and young.exists()


def test_less_than_deltas_retention_is_refused_unless_it_is_asked_for_aloud(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    table = folder / "lake" / "samples"
    young, before = worn.left_by_a_kill(table, 100), lakes.tables(folder / "lake")
    assert maintain(folder, "--retention-hours", "90") == 2
    assert "--unsafe-retention" in caplog.text and young.exists()
    assert maintain(folder, "--retention-hours", "90", "--unsafe-retention") == 0
    assert "UNSAFE" in caplog.text and not young.exists()
    assert lakes.tables(folder / "lake") == before


def test_what_a_killed_run_staged_is_removed(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wave = worn.staged(folder / "lake", "images-tiny")
    hold(folder / "lake", "tiny", "images", expires=datetime.now(UTC) - timedelta(seconds=1))
    assert maintain(folder, "--json") == 0
    assert said(capsys)[0]["_staging/images-tiny"]["bytes"] == 500
    assert not wave.exists()
    # Whoever takes the stage over must still know whose late commits to shut out.
    assert [row["owner"] for row in Lake(None, str(folder / "lake")).rows("leases")] == ["somebody"]


def test_it_meets_no_run(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    hold(folder / "lake", "another", "captions")
    before = worn.files(folder / "lake")
    assert maintain(folder) == 1
    assert "corpus another, stage captions: held by somebody on elsewhere" in caplog.text
    assert worn.files(folder / "lake") == before
    assert maintain(folder, "--dry-run") == 0
    hold(folder / "lake", "another", "captions", expires=datetime.now(UTC) - timedelta(seconds=1))
    assert maintain(folder) == 0
    # Nor is a run looked past where nothing is to be done.
    hold(folder / "lake", "another", "captions")
    assert maintain(folder) == 1


def test_no_run_begins_beside_it(folder: Path) -> None:
    lake = Lake(None, str(folder / "lake"))
    whole = Lease.of_whole_lake(lake, 60)
    with whole.hold():
        with pytest.raises(LeaseHeld, match="the whole lake: held by"), Lease(lake, "tiny", "ingest", 60).hold():
            pass
        # One that was refused leaves no trace.
        whole.still_mine()
        hold(folder / "lake", "tiny", "ingest", host=socket.gethostname(), process=os.getpid())
        with pytest.raises(LeaseHeld, match="corpus tiny, stage ingest: held by somebody"):
            whole.still_mine()


def test_of_a_run_and_maintenance_that_begin_together_none_stands_in_the_way(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake = Lake(None, str(folder / "lake"))
    whole, run = Lease.of_whole_lake(lake, 60), Lease(lake, "tiny", "ingest", 60)
    # The run has seen that nobody is there, and the whole lake is taken before it writes.
    looks = iter([lambda: None])
    look = run.refuse_overlapping
    monkeypatch.setattr(run, "refuse_overlapping", lambda: next(looks, look)())
    with whole.hold():
        with pytest.raises(LeaseHeld, match="the whole lake"), run.hold():
            pass
        whole.still_mine()


def test_superseded_specs_are_shown_and_dropped_only_if_asked(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lake, named = folder / "lake", with_two_specs(folder)
    assert maintain(folder, "--json") == 0
    [shown] = [one for one in said(capsys)[1] if one["where"]["spec"] == OLD]
    assert shown["table"] == "samples" and shown["bytes"] > 0 and shown["written"]
    assert maintain(folder) == 0
    assert "--drop-superseded deletes it" in capsys.readouterr().out

    assert maintain(folder, "--drop-superseded", "--keep-runs", "1") == 0
    assert Lake(None, str(lake)).rows("samples", spec=OLD)
    assert maintain(folder, "--drop-superseded") == 0
    assert f"drop {OLD} of tiny" in capsys.readouterr().out
    for table in ("samples", "shards"):
        assert not Lake(None, str(lake)).rows(table, spec=OLD)
        assert Lake(None, str(lake)).rows(table, spec=named)
    assert maintain(folder, "--drop-superseded") == 0
    assert "nothing to do" in capsys.readouterr().out


def test_killed_between_ledger_and_rows_nothing_is_called_done_that_is_not_there(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake, named = folder / "lake", with_two_specs(folder)
    replace_rows, tables = Lake.replace_rows, []

    def killed(self: Lake, name: str, where: Any, rows: Any) -> None:
        if name == "samples":
            raise KeyboardInterrupt
        tables.append(name)
        replace_rows(self, name, where, rows)

    with monkeypatch.context() as patched:
        patched.setattr(Lake, "replace_rows", killed)
        assert maintain(folder, "--drop-superseded") == 1
    assert "shards" in tables and not Lake(None, str(lake)).rows("shards", spec=OLD)
    assert Lake(None, str(lake)).rows("samples", spec=OLD)
    assert maintain(folder, "--drop-superseded") == 0
    assert {row["spec"] for row in Lake(None, str(lake)).rows("samples", ["spec"])} == {named}


def test_what_nothing_has_replaced_is_not_superseded(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    [first] = {row["spec"] for row in Lake(None, str(folder / "lake")).rows("samples", ["spec"])}
    worn.under(folder / "lake" / "samples", first, OLD)
    before = lakes.tables(folder / "lake")
    corpus = {**tiny.settings_dict(folder)["corpora"][0], "options": {"captions": "join"}}
    tiny.write_settings(folder, corpora=[corpus])
    # The settings name a third spec, under which nothing was read yet.
    assert maintain(folder, "--drop-superseded", "--json") == 0
    assert all("drop" not in row["what"] for row in said(capsys)[0].values())
    assert lakes.tables(folder / "lake") == before


def test_a_lake_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["maintain", str(tiny.write_settings(tmp_path, captions=None)), "--dry-run"]) == 0
    assert "nothing to do" in capsys.readouterr().out
    assert not (tmp_path / "lake").exists()
