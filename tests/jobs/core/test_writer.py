"""Exactly once, whoever was killed, and whatever comes late."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from jobs.core.writer import Writer
from jobs.lake.lake import Lake
from jobs.lake.ledger import Unit

PARTITIONS = {"corpus": "c", "spec": ["s"]}


@pytest.fixture
def lake(spark: Any, tmp_path: Path) -> Lake:
    return Lake(spark, str(tmp_path / "lake"))


def put(writer: Writer, sample: str, *shards: str) -> None:
    """One row a shard."""
    common = {"corpus": "c", "sample": sample, "spec": "s", "ordinal": 0, "status": "ok"}
    rows = [{**common, "shard": shard} for shard in shards]
    writer.put(units(*shards), writer.lake.frame(writer.table, rows))


def held(lake: Lake) -> list[tuple[str, str]]:
    return sorted((row["shard"], row["sample"]) for row in lake.rows("caption_terms"))


def units(*shards: str) -> list[Unit]:
    return [Unit(shard, "f", work=1, samples=1) for shard in shards]


def new(lake: Lake, owner: str) -> Writer:
    return Writer(lake, "caption_terms", PARTITIONS, owner)


def test_what_a_killed_run_left_is_replaced(lake: Lake) -> None:
    killed, again = new(lake, "killed"), new(lake, "again")
    killed.look(units("a", "b"))
    put(killed, "old", "a", "b")
    again.look(units("b", "c"))
    assert again.there == {"b"}
    put(again, "new", "b", "c")
    assert held(lake) == [("a", "old"), ("b", "new"), ("c", "new")]
    # A shard without rows any longer.
    again.put(units("b"), lake.frame("caption_terms", []))
    assert held(lake) == [("a", "old"), ("c", "new")]


def test_what_comes_late_writes_nothing(lake: Lake) -> None:
    gone, next_one = new(lake, "gone"), new(lake, "next")
    put(gone, "first", "a")
    next_one.shut_out("gone")
    next_one.look(units("a", "b"))
    put(next_one, "next", "b")
    put(gone, "late", "b")
    gone.there.clear()
    put(gone, "late", "a")
    assert held(lake) == [("a", "first"), ("b", "next")]


def test_few_rows_and_many_are_written_once(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both ways of an append, by the library and by Spark, are closed to a holder that was shut out."""
    for few in (2_000, 0):
        monkeypatch.setattr("jobs.core.writer.FEW_SAMPLES", few)
        writer, late = new(lake, f"writer-{few}"), new(lake, f"writer-{few}")
        put(writer, "once", f"a-{few}")
        put(late, "twice", f"a-{few}")
        writer.shut_out(f"writer-{few}")
        put(writer, "late", f"b-{few}")
    assert held(lake) == [("a-0", "once"), ("a-2000", "once")]


def test_a_table_with_features_of_its_user_is_left_to_spark(lake: Lake) -> None:
    writer = new(lake, "one")
    put(writer, "first", "a")
    table = lake.at.sql("caption_terms")
    assert lake.takes_few("caption_terms")
    lake.spark.sql(f"ALTER TABLE {table} SET TBLPROPERTIES ('delta.enableDeletionVectors' = true)")
    assert not lake.takes_few("caption_terms")
    put(writer, "second", "b")
    rows = lake.read("caption_terms").select("shard", "sample").toArrow().to_pylist()
    assert sorted(row["shard"] + row["sample"] for row in rows) == ["afirst", "bsecond"]


def test_a_commit_that_failed_is_settled(lake: Lake) -> None:
    writer = new(lake, "one")
    put(writer, "first", "a")
    # As if the second commit were still under way when its failure was heard of.
    late = Writer(lake, "caption_terms", PARTITIONS, "one", writer.commits)
    writer.commits += 1
    writer.settle(units("a", "b"))
    put(late, "late", "b")
    put(writer, "second", "b")
    assert held(lake) == [("a", "first"), ("b", "second")]


def counts(lake: Lake, found: int, *shards: str) -> Any:
    """A frame of one row of counts a shard."""
    common = {"corpus": "c", "spec": "s", "search": "text", "samples": 10_000, "concepts": ["dog"], "counts": [found]}
    return lake.frame("shard_counts", [{**common, "shard": shard, "found": found} for shard in shards])


def test_counts_of_a_few_shards_pass_through_the_driver(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    """A shard has one row of them for each search and threshold, however many samples it has."""
    lake.ensure("shard_counts")
    monkeypatch.setattr(Lake, "append", None)
    writer = Writer(lake, "shard_counts", PARTITIONS, "one")
    writer.put([Unit("a", "f", work=10_000, bytes=1 << 30, samples=10_000)], counts(lake, 1, "a"))
    assert [row["shard"] for row in lake.rows("shard_counts")] == ["a"]


@pytest.mark.parametrize(("replaced", "named"), [(("a", "b"), True), (("a", "b", "c"), False)])
def test_shards_are_named_in_a_commit_only_if_others_have_rows(
    lake: Lake, replaced: tuple[str, ...], named: bool
) -> None:
    writer = Writer(lake, "shard_counts", PARTITIONS, "one")
    writer.put(units("a", "b", "c"), counts(lake, 1, "a", "b", "c"))
    again = Writer(lake, "shard_counts", PARTITIONS, "two")
    again.look(units(*replaced))
    assert again.replaces_all(units(*replaced)) is not named
    again.put(units(*replaced), counts(lake, 2, *replaced))
    found = {row["shard"]: row["found"] for row in lake.rows("shard_counts")}
    assert found == {"a": 2, "b": 2, "c": 1 if named else 2}
    done = lake.spark.sql(f"DESCRIBE HISTORY {lake.at.sql('shard_counts')} LIMIT 1").first().operationParameters
    assert ("'a'" in done["predicate"]) is named
