"""A wave is verified by the driver if it is small and by Spark if it is large, with the same result."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import tiny

from jobs.core import written
from jobs.core.written import Written
from jobs.lake.lake import Lake
from udfs.counting.searched import SEARCHED, searched
from udfs.tallies import TALLIES, tally, total

SHARDS = [[f"a dog, number {number}"] * (number % 3 + 1) for number in range(6)]


@pytest.fixture
def lake(spark: Any, tmp_path: Path) -> Lake:
    """A lake after a run over six shards, the last of which holds no sample."""
    tiny.corpus(tmp_path / "corpus", [*SHARDS, []])
    assert tiny.run_here(spark, tiny.settings_dict(tmp_path)).complete
    return Lake(spark, tiny.settings_dict(tmp_path)["lake"])


def found_in(lake: Lake, table: str, shards: list[str], *how: Any) -> list[dict[str, Any]]:
    (corpus, *_), specs = *lake.distinct(table, "corpus"), sorted(spec for (spec,) in lake.distinct(table, "spec"))
    rows = Written(lake, table, {"corpus": corpus, "spec": specs}, shards, samples=len(shards)).through(*how)
    return sorted((total(rows) if how[0] is tally else rows).to_pylist(), key=str)


def test_driver_and_executors_find_the_same(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    names = sorted(name for (name,) in lake.distinct("samples", "shard"))
    asked = names[1:4]
    tallied = (tally, ("shard", "status", "seconds"), TALLIES)
    totals = (searched, ("shard", "search", "samples"), SEARCHED)
    here = [
        *(found_in(lake, table, asked, *tallied) for table in ("samples", "caption_terms")),
        found_in(lake, "shard_counts", asked, *totals),
    ]
    assert {row["shard"] for row in here[0]} == {row["shard"] for row in here[2]} == set(asked)
    assert [row["amount"] for row in here[0] if row["status"] == "ok"] == [2, 3, 1]
    assert found_in(lake, "samples", ["unheard of"], *tallied) == []
    monkeypatch.setattr(written, "ROWS_HERE", -1)
    assert found_in(lake, "samples", ["unheard of"], *tallied) == []
    there = [
        *(found_in(lake, table, asked, *tallied) for table in ("samples", "caption_terms")),
        found_in(lake, "shard_counts", asked, *totals),
    ]
    assert there == here


def test_rows_that_only_spark_knows_to_be_deleted_are_not_found(lake: Lake) -> None:
    """A user's session may switch on deletion vectors, which the files of a table do not show."""
    written = Written(lake, "samples", {"corpus": "tiny"}, ["00001.tar"], samples=2)

    def ok_rows() -> list[float]:
        found = total(written.through(tally, ("shard", "status", "seconds"), TALLIES)).to_pylist()
        return [row["amount"] for row in found if row["status"] == "ok"]

    assert ok_rows() == [2]
    table = lake.at.sql("samples")
    lake.spark.sql(f"ALTER TABLE {table} SET TBLPROPERTIES ('delta.enableDeletionVectors' = true)")
    lake.spark.sql(f"DELETE FROM {table} WHERE shard = '00001.tar' AND ordinal = 0")
    assert ok_rows() == [1]
