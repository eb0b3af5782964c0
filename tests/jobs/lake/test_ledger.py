"""The ledger as a run sees it."""

from __future__ import annotations

from pathlib import Path

import offspark
import pytest
import tiny

from jobs.lake import ledger
from jobs.lake.lake import Lake
from jobs.lake.ledger import Ledger, Outcome, Unit
from jobs.settings.settings import Settings


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    """Without Spark, and without a row."""
    return offspark.finish(Settings.model_validate(tiny.settings_dict(tmp_path)), stages=())


def write(book: Ledger, run: str, *shards: str, failure: str | None = None) -> None:
    outcomes = {Unit(shard, f"of {run}", 1): Outcome(2, {"ok": 2}, {"read": 0.5}, failure) for shard in shards}
    book.write("c", "ingest", ["s"], outcomes, run)


def test_it_keeps_up_with_what_it_writes(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger, "REPLACED", 2)
    book = Ledger(lake, ["c", "d"])
    assert book.rows("c", "ingest", "s") == {}
    write(book, "one", "a", "b", "c", "d")
    write(book, "two", "b", "c", "d", "e", failure="broken")
    found = book.rows("c", "ingest", "s")
    assert {shard: (row["state"], row["attempt"]) for shard, row in found.items()} == {
        "a": ("done", 1),
        **dict.fromkeys("bcd", ("failed", 2)),
        "e": ("failed", 1),
    }
    assert found["a"]["statuses"] == {"ok": 2} and found["a"]["seconds"] == {"read": 0.5}
    assert list(book.done("c", "ingest", "s")) == ["a"]
    assert Ledger(lake, ["c"]).rows("c", "ingest", "s") == found
    # One row a shard in the table as well.
    assert sorted(row["shard"] for row in lake.rows("shards")) == list("abcde")


def test_rows_that_are_being_replaced_are_vouched_for_by_none(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger, "REPLACED", 2)
    book = Ledger(lake, ["c"])
    write(book, "first", *"abcd")
    write(book, "first", "e", failure="bad")
    units = [Unit(shard, f"new {shard}", work=1) for shard in "bcdef"]
    book.reopen("c", "ingest", ["s"], units, lambda old, new: new if new == "new c" else "")
    found = book.rows("c", "ingest", "s")
    fingerprints = {shard: row["fingerprint"] for shard, row in found.items()}
    assert {shard: fingerprints[shard] for shard in "bcd"} == {"b": "", "c": "new c", "d": ""}
    assert fingerprints["a"] and fingerprints["e"] and found["e"]["state"] == "failed"
    assert all(found[shard]["state"] == "done" and found[shard]["attempt"] == 1 for shard in "abcd")
    assert [unit.shard for unit in book.pending(units, "c", "ingest", "s")] == ["b", "d", "e", "f"]
    assert Ledger(lake, ["c"]).rows("c", "ingest", "s") == found


def test_it_sees_others_after_it_is_refreshed(lake: Lake) -> None:
    book = Ledger(lake, ["c"])
    assert not book.rows("c", "ingest", "s")
    write(Ledger(lake, ["c"]), "other", "a")
    assert not book.rows("c", "ingest", "s")
    book.refresh()
    assert list(book.rows("c", "ingest", "s")) == ["a"]
    assert list(book.newest("c", "ingest")) == ["s"] and not book.newest("c", "ingest", shard="b")
