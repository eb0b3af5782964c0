"""The ledger's rows of shards that were renamed or are forgotten."""

from __future__ import annotations

from pathlib import Path

import offspark
import pytest
import tiny

from jobs.lake import ledger_names
from jobs.lake.lake import Lake
from jobs.lake.ledger import Ledger, Outcome, Unit
from jobs.lake.ledger_names import Known
from jobs.settings.settings import Settings

STAGES = ["ingest", "captions"]


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    """Shards a and b read under the specs now and before, a with other content before; their captions, and totals."""
    lake = offspark.finish(Settings.model_validate(tiny.settings_dict(tmp_path)), stages=())
    book = Ledger(lake, ["c"])
    for spec, content in (("now", "x"), ("before", "y")):
        read = {Unit(shard, f"of {shard}", 1): Outcome(2, {"ok": 2}, content=content) for shard in "ab"}
        book.write("c", "ingest", [spec], read, "run")
    book.write("c", "captions", ["words"], {Unit(shard, "of x", 1): Outcome(2, {"ok": 2}) for shard in "ab"}, "run")
    book.write("c", "totals", ["words"], {Unit("*", "all", 2): Outcome()}, "run")
    return lake


def rows(lake: Lake) -> set[tuple[str, ...]]:
    return {
        (row["shard"], row["stage"], row["spec"], row["fingerprint"], row["state"])
        for row in lake.rows("shards")
        if row["stage"] != "totals"
    }


@pytest.mark.parametrize("name", ["new", "a"])
def test_rows_take_the_present_name_and_time(lake: Lake, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger_names, "REPLACED", 2)
    others = {row for row in rows(lake) if row[0] == "b"}
    left = {Unit("new", "left by a file that is gone", 1): Outcome(1, {"ok": 1})}
    if name == "new":
        Ledger(lake, ["c"]).write("c", "captions", ["words"], left, "run")
    for _ in range(2):
        ledger_names.follow(lake, "c", STAGES, [Known("a", name, "listed", "x")])
        assert rows(lake) - others == {
            (name, "ingest", "now", "listed", "done"),
            # What it held then is not what it holds: it is read again under that spec.
            (name, "ingest", "before", "of a", "done"),
            (name, "captions", "words", "of x", "done"),
        }
    assert others < rows(lake)


def test_a_forgotten_shard_leaves_a_mark_until_the_end(lake: Lake) -> None:
    others = {row for row in rows(lake) if row[0] == "b"}
    for _ in range(2):
        ledger_names.retire(lake, "c", STAGES, ["a"])
        assert rows(lake) - others == {("a", "ingest", spec, "of a", "failed") for spec in ("now", "before")}
    again = {Unit("a", "read again", 1): Outcome(2, {"ok": 2})}
    Ledger(lake, ["c"]).write("c", "ingest", ["now"], again, "run")
    ledger_names.drop(lake, "c", ["a"])
    assert rows(lake) - others == {("a", "ingest", "now", "read again", "done")}, "what came back meanwhile stays"
    assert len(lake.rows("shards", stage="totals")) == 1
