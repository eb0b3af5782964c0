"""Commits that meet another one are made again, whoever writes."""

from __future__ import annotations

import random
import threading
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from delta.exceptions import ConcurrentAppendException, DeltaConcurrentModificationException
from pyspark.errors import PySparkException

from jobs.lake import creation
from jobs.lake.conflicts import is_conflict
from jobs.lake.lake import Lake


def test_every_kind_of_conflict_is_known() -> None:
    # Delta's own kinds do not derive from the first.
    for kind in (ConcurrentAppendException, DeltaConcurrentModificationException):
        assert is_conflict(kind("another commit"))


@pytest.mark.parametrize(
    "left", ["_delta_log", "_delta_log/_staged_commits", "_delta_log/.00000000000000000000.json.x.tmp"]
)
def test_a_table_that_was_begun_and_not_made_is_made(
    spark: Any, tmp_path: Path, left: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a run leaves it that is killed before the table's first commit."""
    monkeypatch.setattr(creation, "PATIENCE", 0.0)
    (tmp_path / "lake" / "runs" / left).mkdir(parents=True)
    lake = Lake(spark, str(tmp_path / "lake"))
    assert not lake.exists("runs") and lake.rows("runs") == []
    lake.ensure("runs")
    assert Lake(spark, str(tmp_path / "lake")).exists("runs")


def test_two_writers_of_one_partition_both_come_through(spark: Any, tmp_path: Path) -> None:
    lake = Lake(spark, str(tmp_path / "lake"))
    lake.ensure("caption_terms")
    failed: list[BaseException] = []

    def write(shard: str) -> None:
        row = {"corpus": "c", "shard": shard, "sample": "0", "spec": "s", "ordinal": 0, "status": "ok"}
        where = {"corpus": "c", "spec": "s", "shard": shard}
        try:
            for _ in range(2):
                lake.replace("caption_terms", where, lake.frame("caption_terms", [row]))
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=write, args=(shard,)) for shard in ("a", "b", "c")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed
    assert sorted(row["shard"] for row in lake.rows("caption_terms")) == ["a", "b", "c"]


@pytest.mark.parametrize("by_spark", [False, True])
def test_rows_of_one_value_or_of_several(
    spark: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, by_spark: bool
) -> None:
    lake = Lake(spark, str(tmp_path / "lake"))
    rows = [
        {"corpus": "c", "shard": shard, "sample": "0", "spec": "s", "ordinal": 0, "status": "ok"} for shard in "abc"
    ]
    lake.replace_rows("caption_terms", {}, rows)
    if by_spark:
        # As of a lake that lies elsewhere.
        monkeypatch.setattr(Lake, "without_spark", False)
    for wanted, found in (("b", ["b"]), (["a", "c", "x"], ["a", "c"]), ([], [])):
        read = lake.rows("caption_terms", ["shard"], corpus="c", shard=wanted)
        assert sorted(row["shard"] for row in read) == found


def test_a_slice_of_many_shards_is_replaced_and_nothing_else(spark: Any, tmp_path: Path) -> None:
    names = [f"{number:04}{odd}.tar" for number in range(40) for odd in ("", "'", "\\", "é", "😀", "\uffee")]
    lake = Lake(spark, str(tmp_path / "lake"))

    def rows(shards: list[str], sample: str) -> list[dict[str, str]]:
        return [
            {"corpus": "c", "shard": shard, "sample": sample, "spec": "s", "ordinal": 0, "status": "ok"}
            for shard in shards
        ]

    lake.replace("caption_terms", {"corpus": "c", "shard": names}, lake.frame("caption_terms", rows(names, "old")))
    some = random.Random(0).sample(names, 150)
    lake.replace("caption_terms", {"corpus": "c", "shard": some}, lake.frame("caption_terms", rows(some, "new")))
    found = {row["shard"]: row["sample"] for row in lake.rows("caption_terms")}
    assert found == {name: "new" if name in some else "old" for name in names}
    with pytest.raises(PySparkException, match="REPLACE_WHERE_MISMATCH"):
        lake.replace("caption_terms", {"shard": some}, lake.frame("caption_terms", rows(["0000-.tar"], "outside")))


def test_spark_writes_postings_in_groups_of_rows_that_a_reader_can_skip(spark: Any, tmp_path: Path) -> None:
    lake = Lake(spark, str(tmp_path / "lake"))
    rows = spark.range(0, 20_000, 1, 1).selectExpr(
        "'c' AS corpus",
        "'s' AS spec",
        "lpad(CAST(id AS STRING), 6, '0') AS key",
        "'0' AS shard",
        "0 AS part",
        "1L AS samples",
        "array(1) AS ordinals",
        "CAST(NULL AS ARRAY<FLOAT>) AS scores",
    )
    lake.append("postings", rows)
    [file] = (tmp_path / "lake" / "postings").glob("*/*/*.parquet")
    footer = pq.read_metadata(file)
    groups = [footer.row_group(number) for number in range(footer.num_row_groups)]
    bounds = [(group.num_rows, *_bounds(group, "key")) for group in groups]
    assert bounds == [(16_384, "000000", "016383"), (3_616, "016384", "019999")]


def test_a_file_of_postings_that_is_written_again_without_spark_keeps_its_groups(spark: Any, tmp_path: Path) -> None:
    lake = Lake(spark, str(tmp_path / "lake"))
    common = "'c' AS corpus", "'s' AS spec", "0 AS part", "1L AS samples", "array(1) AS ordinals"
    own = "lpad(CAST(id AS STRING), 6, '0') AS key", "CAST(id % 2 AS STRING) AS shard"
    rows = spark.range(0, 40_000, 1, 1).selectExpr(*common, *own, "CAST(NULL AS ARRAY<FLOAT>) AS scores")
    lake.append("postings", rows)
    lake.replace_rows("postings", {"corpus": "c", "shard": ["1"]}, [])
    [file] = {Path(span.path) for span in lake.spans("postings", {"corpus": "c"})}
    footer = pq.read_metadata(file)
    assert [footer.row_group(number).num_rows for number in range(footer.num_row_groups)] == [16_384, 3_616]


def _bounds(group: Any, column: str) -> tuple[str, str]:
    chunks = [group.column(number) for number in range(group.num_columns)]
    [statistics] = [chunk.statistics for chunk in chunks if chunk.path_in_schema == column]
    return statistics.min, statistics.max
