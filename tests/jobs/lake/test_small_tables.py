"""Files that the deltalake library writes: their groups of rows are neither one nor of a single row."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from jobs.lake import small_tables
from jobs.lake.lake import Lake

WHERE = {"corpus": "c", "spec": ["s"]}


def rows(*shards: str) -> list[dict[str, Any]]:
    """A row of counts of each shard."""
    common = {"corpus": "c", "spec": "s", "search": "text", "samples": 1, "found": 1, "concepts": ["dog"]}
    return [{**common, "counts": [1], "shard": shard} for shard in shards]


def groups(lake: Lake) -> list[list[int]]:
    """The rows of the groups of each file that the table has now."""
    footers = [pq.read_metadata(span.path) for span in lake.spans("shard_counts", {"corpus": "c"})]
    return [[footer.row_group(one).num_rows for one in range(footer.num_row_groups)] for footer in footers]


def test_groups_hold_about_so_many_bytes(spark: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lake = Lake(spark, str(tmp_path / "lake"))
    written = lake.frame("shard_counts", rows(*(f"{number:02}" for number in range(20)))).toArrow()
    monkeypatch.setattr(small_tables, "GROUP_BYTES", written.nbytes // 4 + 1)
    lake.replace_arrow("shard_counts", WHERE, written)
    assert groups(lake) == [[5, 5, 5, 5]]


def test_a_commit_that_only_deletes_leaves_the_other_rows_together(spark: Any, tmp_path: Path) -> None:
    lake = Lake(spark, str(tmp_path / "lake"))
    lake.replace_rows("shard_counts", WHERE, rows("a", "b", "c", "d"))
    lake.replace_rows("shard_counts", {**WHERE, "shard": ["b"]}, [])
    assert groups(lake) == [[3]]
