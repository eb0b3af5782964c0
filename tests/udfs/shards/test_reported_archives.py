"""Inputs rebuilt from public bug reports: what readers make of each, whatever the later stages do."""

from __future__ import annotations

import csv
import json
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

Ingest = Callable[..., list[dict[str, Any]]]


@dataclass(frozen=True)
class Outcome:
    """Rows by status; of the usable ones captions with a dog, with a cat, and images; the reasons, as patterns."""

    statuses: dict[str, int]
    dogs: int = 0
    cats: int = 0
    images: int = 0
    reasons: set[str] = field(default_factory=set)


CANNOT = "ValueError: "

OUTCOMES = {
    "pq_bad": Outcome({"ok": 1, "bad_shard": 2}, dogs=1, reasons={"not a Parquet file"}),
    "pq_dotcol": Outcome({"ok": 1}, dogs=1, images=1),
    "pq_dupcol": Outcome({"bad_shard": 1}, reasons={f"{CANNOT}2 columns are named caption: rename them"}),
    "pq_failed": Outcome({"ok": 2}, dogs=2),
    "pq_floatkey": Outcome({"ok": 4}, dogs=4),
    "pq_images": Outcome({"bad_shard": 1}, reasons={f"{CANNOT}column texts .*: set `caption` to texts.user"}),
    "pq_int": Outcome({"ok": 3}, dogs=1),
    "pq_jsonlist": Outcome({"ok": 4}, dogs=1, cats=1),
    "pq_listdict": Outcome({"ok": 2}, dogs=1, cats=1),
    "pq_liststruct": Outcome(
        {"bad_shard": 1},
        reasons={f"{CANNOT}column sentences holds list<element: struct<raw.*: set `caption` to sentences.raw; "},
    ),
    "pq_listview": Outcome({"ok": 2}, dogs=1, cats=1),
    "pq_long": Outcome({"ok": 3}, dogs=3),  # one of them behind the part that is searched
    "pq_nullkey": Outcome({"ok": 4}, dogs=3, cats=1),
    "pq_nulls": Outcome({"ok": 1, "no_caption": 3}, dogs=1, reasons={"no caption in column caption"}),
    "pq_recap": Outcome({"bad_shard": 1}, reasons={f"{CANNOT}no column TEXT, .*re_caption .*: set `caption`"}),
    "pq_struct": Outcome({"bad_shard": 1}, reasons={f"{CANNOT}column caption .*: set `caption` to caption.en or"}),
    "pq_twocaps": Outcome({"ok": 1}),
    "pq_types": Outcome({"ok": 21, "no_caption": 7}, dogs=7, cats=7, reasons={"no caption in column TEXT"}),
    "pq_zero": Outcome({"ok": 1}, dogs=1),
    "wds_dots": Outcome({"ok": 3}, dogs=3, images=3),
    "wds_dup": Outcome({"ok": 1, "duplicate_key": 1}, dogs=1, images=1, reasons={"the key was met before"}),
    "wds_empty": Outcome({"ok": 1, "bad_shard": 1}, dogs=1, images=1, reasons={"not a tar archive: no end-of"}),
    "wds_ext": Outcome({"ok": 6}, dogs=6, images=5, reasons={"no image: the members are img, txt; set `image`"}),
    "wds_gz_as_tar": Outcome({"ok": 1}, dogs=1, images=1),
    "wds_jsonlist": Outcome({"ok": 3}, dogs=3, images=3),
    "wds_metaclip": Outcome({"ok": 3}, dogs=3, images=3),
    "wds_names": Outcome({"ok": 3}, dogs=3, images=3),
    "wds_names_pax": Outcome({"ok": 3}, dogs=3, images=3),
    "wds_seg": Outcome({"ok": 3}, dogs=3, images=3),
    "wds_space": Outcome({"ok": 4}, dogs=4, images=4),
    "wds_split": Outcome(
        {"ok": 3, "duplicate_key": 3},
        images=3,
        reasons={"no caption: the only member is jpg", "members of a key are not adjacent: txt here, jpg before; sort"},
    ),
    "wds_trunc": Outcome(
        {"ok": 3, "truncated_shard": 1}, dogs=3, images=3, reasons={"3.jpg is cut after .*sample 3 may be incomplete"}
    ),
    "wds_txtempty": Outcome(
        {"ok": 3}, dogs=1, images=3, reasons={"no caption: the members are jpg, json; caption in its json is null"}
    ),
    "wds_under": Outcome({"ok": 2, "bad_member": 1}, dogs=2, images=2, reasons={"2 members have hidden names"}),
    "wds_upper": Outcome({"ok": 3}, dogs=3, images=3),
    "wds_xz_as_tar": Outcome({"bad_shard": 1}, reasons={"not a tar archive: bad header"}),
}


def words(rows: list[dict[str, Any]], word: str) -> int:
    """Usable rows whose caption has the word, or its plural."""
    captions = (row["caption"] or "" for row in rows if row["status"] == "ok")
    return sum(re.search(rf"\b{word}s?\b", caption, re.IGNORECASE) is not None for caption in captions)


def test_reports_of_tars_and_parquet(shared: Path, ingest: Ingest) -> None:
    root = shared / "corpora" / "reports"
    with (root / "EXPECTED.csv").open(encoding="utf-8") as file:
        reports = [row for row in csv.DictReader(file) if row["format"] in ("webdataset", "parquet")]
    assert {report["name"] for report in reports} == set(OUTCOMES)
    for report in reports:
        name, expected = report["name"], OUTCOMES[report["name"]]
        shards = sorted(path.name for path in (root / name).iterdir())
        rows = ingest(report["format"], root / name, *shards, **json.loads(report["options"]))
        images = sum(row["image"] is not None for row in rows if row["status"] == "ok")
        statuses = dict(Counter(row["status"] for row in rows))
        assert (statuses, images) == (expected.statuses, expected.images), name
        assert (words(rows, "dog"), words(rows, "cat")) == (expected.dogs, expected.cats), name
        reasons = {row["detail"] for row in rows} - {None}
        unsaid = [row for row in rows if row["status"] != "ok" and row["detail"] is None]
        assert not unsaid, name
        for reason in reasons:
            assert any(re.match(pattern, reason) for pattern in expected.reasons), (name, reason)
        for pattern in expected.reasons:
            assert any(re.match(pattern, reason) for reason in reasons), (name, pattern)


def test_null_keys_beside_keys_that_look_like_row_numbers(shared: Path, ingest: Ingest) -> None:
    root = shared / "corpora" / "reports" / "null_keys_with_images"
    rows = ingest("parquet", root, "0.parquet")
    assert [row["sample"] for row in rows] == ["0", "0#2", "2", "3"]
    assert [row["image"]["row"] for row in rows] == [0, 1, 2, 3]


@pytest.mark.parametrize("image", [None, "img"])
def test_an_image_of_an_unusual_extension(shared: Path, ingest: Ingest, image: str | None) -> None:
    options = {"image": image} if image else {}
    rows = ingest("webdataset", shared / "corpora" / "reports" / "wds_ext", "00000.tar", **options)
    assert [row["image"] is not None for row in rows] == ([False] * 5 + [True] if image else [True] * 5 + [False])
