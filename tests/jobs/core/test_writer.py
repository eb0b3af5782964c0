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
    late = Writer(lake, "caption_terms", PARTITIONS, "one", commits=writer.commits)
    writer.commits += 1
    writer.settle(units("a", "b"))
    put(late, "late", "b")
    put(writer, "second", "b")
    assert held(lake) == [("a", "first"), ("b", "second")]


def counts(lake: Lake, found: int, *shards: str, spec: str = "s") -> Any:
    """A frame of one row of counts a shard."""
    common = {"corpus": "c", "spec": spec, "search": "text", "samples": 10_000, "concepts": ["dog"], "counts": [found]}
    return lake.frame("shard_counts", [{**common, "shard": shard, "found": found} for shard in shards])


def counting(lake: Lake, owner: str, fit: bool) -> Writer:
    return Writer(lake, "shard_counts", PARTITIONS, owner, lambda units: fit)


def found(lake: Lake) -> dict[str, int]:
    return {row["shard"]: row["found"] for row in lake.rows("shard_counts")}


def test_counts_that_fit_the_driver_are_written_without_spark(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    """They are added, replaced, and deleted where a shard has none any longer; each in one commit of a holder."""
    lake.ensure("shard_counts")
    for name in ("append", "replace"):
        monkeypatch.setattr(Lake, name, None)
    counting(lake, "one", fit=True).put(units("a", "b"), counts(lake, 1, "a", "b"))
    assert found(lake) == {"a": 1, "b": 1}
    again, late = counting(lake, "two", fit=True), counting(lake, "two", fit=True)
    for one in (again, late):
        one.look(units("a", "b"))
    again.put(units("a", "b", "c"), counts(lake, 2, "a", "b", "c"))
    late.put(units("a", "b", "c"), counts(lake, 3, "a", "b", "c"))
    assert found(lake) == {"a": 2, "b": 2, "c": 2}
    again.put(units("a", "b", "c"), lake.frame("shard_counts", []))
    assert found(lake) == {}
    assert lake.version("shard_counts") == 3


def test_rows_of_other_partitions_stay(lake: Lake) -> None:
    other = Writer(lake, "shard_counts", {"corpus": "c", "spec": ["t"]}, "other", lambda units: True)
    other.put(units("a"), counts(lake, 9, "a", spec="t"))
    for owner, number in (("one", 1), ("two", 2)):
        writer = counting(lake, owner, fit=True)
        writer.look(units("a"))
        writer.put(units("a"), counts(lake, number, "a"))
    stored = lake.rows("shard_counts", ["spec", "found"])
    assert sorted(tuple(row.values()) for row in stored) == [("s", 2), ("t", 9)]


@pytest.mark.parametrize("fit", [True, False])
@pytest.mark.parametrize(("replaced", "named"), [(("a", "b"), True), (("a", "b", "c"), False)])
def test_shards_are_named_in_a_commit_only_if_others_have_rows(
    lake: Lake, replaced: tuple[str, ...], named: bool, fit: bool
) -> None:
    counting(lake, "one", fit).put(units("a", "b", "c"), counts(lake, 1, "a", "b", "c"))
    again = counting(lake, "two", fit)
    again.look(units(*replaced))
    assert again.replaces_all(units(*replaced)) is not named
    again.put(units(*replaced), counts(lake, 2, *replaced))
    assert found(lake) == {"a": 2, "b": 2, "c": 1 if named else 2}
    done = lake.spark.sql(f"DESCRIBE HISTORY {lake.at.sql('shard_counts')} LIMIT 1").first().operationParameters
    assert ("'a'" in done["predicate"]) is named
