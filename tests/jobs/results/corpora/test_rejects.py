"""Reasons are read from the rejected rows alone, and from few of them, with and without Spark."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from jobs.lake.lake import Lake
from jobs.lake.tables import SCHEMA_VERSION
from jobs.results.corpora import rejects
from jobs.results.corpora.rejects import MOST, Rejected, read_reasons

KEPT = Path(__file__).parents[3] / "golden" / f"lake-{SCHEMA_VERSION}.zip"
Row = Mapping[str, str | int | None]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A lake whose tables are there, with rows of another corpus."""
    with zipfile.ZipFile(KEPT) as archive:
        archive.extractall(tmp_path)
    return tmp_path


def write(folder: Path, table: str, rows: Sequence[Row]) -> None:
    """Add rows to a table, each slice of corpus and shard anew."""
    lake = Lake(None, str(folder))
    for corpus, shard in {(row["corpus"], row["shard"]) for row in rows}:
        part = [row for row in rows if (row["corpus"], row["shard"]) == (corpus, shard)]
        lake.replace_rows(table, {"corpus": str(corpus), "shard": str(shard)}, part)


def rejected(corpus: str, table: str, shards: Mapping[str, Mapping[str, int]], **failed: str) -> Rejected:
    return Rejected(corpus, table, f"{table}-spec", shards, failed)


def row(corpus: str, table: str, status: str, detail: str | None, shard: str, sample: str) -> Row:
    named = {"corpus": corpus, "spec": f"{table}-spec", "shard": shard, "sample": sample}
    return {**named, "status": status, "detail": detail, "ordinal": 0}


def test_each_corpus_and_stage_has_its_own_reasons(folder: Path) -> None:
    rows = [row("a", "samples", "ok", None, "0.tar", str(at)) for at in range(50)]
    rows += [row("a", "samples", "bad_member", f"member {at} is no sample", "0.tar", f"x{at}") for at in range(3)]
    rows += [row("b", "samples", "bad_member", "another reason", "0.tar", "y")]
    rows += [{**row("b", "samples", "bad_member", "under other settings", "0.tar", "z"), "spec": "older"}]
    write(folder, "samples", rows)
    write(folder, "image_features", [row("a", "image_features", "too_large", "9 x 9 pixels", "0.tar", "7")])
    asked = [
        rejected("a", "samples", {"bad_member": {"0.tar": 3}}),
        rejected("a", "image_features", {"too_large": {"0.tar": 1}}),
        rejected("a", "shard_counts", {}, **{"1.tar": "out of memory", "2.tar": "out of memory"}),
        rejected("b", "samples", {"bad_member": {"0.tar": 1}}),
    ]
    members, images, counts, others = read_reasons(Lake(None, str(folder)), asked)
    assert [str(one) for one in members] == ["bad_member: member 0 is no sample (3 of 3 looked at, as 0.tar x0)"]
    assert [str(one) for one in images] == ["too_large: 9 x 9 pixels (1 of 1 looked at, as 0.tar 7)"]
    assert [str(one) for one in counts] == ["failed: out of memory (2 of 2 looked at, as 1.tar)"]
    assert [str(one) for one in others] == ["bad_member: another reason (1 of 1 looked at, as 0.tar y)"]


def test_of_many_rejects_few_are_looked_at(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    counts = {f"{at}.tar": 400 + at for at in range(40)}
    for shard, count in counts.items():
        ok = [row("a", "samples", "ok", None, shard, f"ok {at}") for at in range(1000)]
        bad = [row("a", "samples", "no_caption", f"detail {at}", shard, f"bad {at}") for at in range(count)]
        write(folder, "samples", ok + bad)
    asked = rejected("a", "samples", {"no_caption": counts})
    assert asked.looked_at == {"39.tar", "38.tar", "37.tar"}, "those with most of them"
    read: list[pa.RecordBatch] = []
    batches = Lake.batches

    def watched(self: Lake, *names: Any, **where: Any) -> Any:
        for batch in batches(self, *names, **where):
            read.append(batch)
            yield batch

    monkeypatch.setattr(Lake, "batches", watched)
    ((reason,),) = read_reasons(Lake(None, str(folder)), [asked])
    assert (reason.rejects, reason.seen) == (MOST, MOST)
    assert sum(len(batch) for batch in read) <= 439 + 438 + 437
    assert set(pa.Table.from_batches(read)["status"].to_pylist()) == {"no_caption"}


def test_nothing_rejected_reads_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Lake, "batches", None)
    assert read_reasons(Lake(None, str(folder)), [rejected("a", "samples", {})]) == [()]


def test_a_lake_that_needs_spark_gives_the_same(spark: Any, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [row("a", "samples", "no_caption", f"detail {at}", "0.tar", f"{at:03}") for at in range(30)]
    rows += [row("a", "samples", "bad_member", None, "0.tar", "x"), row("a", "samples", "ok", None, "0.tar", "y")]
    write(folder, "samples", rows)
    asked = [rejected("a", "samples", {"no_caption": {"0.tar": 30}, "bad_member": {"0.tar": 1}})]
    monkeypatch.setattr(rejects, "MOST", 10)
    expected = read_reasons(Lake(None, str(folder)), asked)
    assert [(one.status, one.rejects) for one in expected[0]] == [("bad_member", 1), ("no_caption", 10)]
    # As of a lake that lies elsewhere.
    monkeypatch.setattr(Lake, "without_spark", False)
    assert read_reasons(Lake(spark, str(folder)), asked) == expected
