"""The hostile shards through every stage: each member ends in an outcome that its manifest allows."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest
import tiny
from deltalake import DeltaTable

from jobs.lake.lake import Lake
from udfs import statuses

TEXT_FOUND = {statuses.OK, statuses.CAPTION_CUT}
NO_TEXT = {statuses.NO_CAPTION, statuses.EMPTY_CAPTION}

Outcomes = dict[tuple[str, str], str]


@pytest.fixture(scope="module")
def lake(spark: Any, shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("faults")
    corpora = [{"name": "faults", "format": "webdataset", "path": str(shared / "corpora" / "faults")}]
    settings = tiny.settings_dict(folder, corpora=corpora, images={"tagger": tiny.TAGGER, "batch_size": 4})
    result = tiny.run_here(spark, settings)
    assert result.complete and not result.failed
    return folder / "lake"


def outcomes(lake: Path, table: str) -> Outcomes:
    rows = DeltaTable(str(lake / table)).to_pyarrow_table(columns=["shard", "sample", "status"]).to_pylist()
    return {(row["shard"], row["sample"]): row["status"] for row in rows}


def allowed(case: dict[str, str], read: Outcomes, text: str | None, image: str | None) -> bool:
    """Whether a member's outcome is one of those its manifest's `expected` allows."""
    shard, key = case["file"], case["key"]
    status = read.get((shard, key))
    of_shard = {outcome for (name, _), outcome in read.items() if name == shard}
    match case["expected"]:
        case "accept":
            return text in TEXT_FOUND and image == statuses.OK
        case "accept-text":
            return text in TEXT_FOUND and image == statuses.NO_IMAGE
        case "accept-image":
            return text in NO_TEXT and image == statuses.OK
        case "reject-image":
            return text in TEXT_FOUND and image not in (None, statuses.OK, statuses.NO_IMAGE)
        case "reject-member":
            bad = [name for (of, name), outcome in read.items() if of == shard and outcome == statuses.BAD_MEMBER]
            return any(name.startswith(key) for name in bad)
        case "accept-prefix":
            return text in TEXT_FOUND or (status is None and statuses.TRUNCATED_SHARD in of_shard)
        case "reject-shard":
            return of_shard == {statuses.BAD_SHARD}
        case "accept-shard":
            return not of_shard
        case "defined":
            return any(of == shard and name.startswith(key) for of, name in read)
    return False


def test_every_case_ends_as_its_manifest_allows(lake: Path, shared: Path) -> None:
    read, text, image = (outcomes(lake, table) for table in ("samples", "caption_terms", "image_features"))
    with (shared / "corpora" / "faults" / "MANIFEST.csv").open(encoding="utf-8") as file:
        cases = list(csv.DictReader(file))
    assert len(cases) == 67
    wrong = []
    for case in cases:
        key = (case["file"], case["key"])
        if not allowed(case, read, text.get(key), image.get(key)):
            wrong.append((*key, case["expected"], read.get(key), text.get(key), image.get(key)))
    assert not wrong


def test_what_goes_in_comes_out_at_every_stage(lake: Path) -> None:
    rows = Lake(None, str(lake)).rows("shards")
    ingested = {row["shard"]: row for row in rows if row["stage"] == "ingest"}
    assert len(ingested) == 8
    for row in rows:
        if row["shard"] == "*":
            continue
        assert row["state"] == "done" and row["samples"] == sum(row["statuses"].values()), row
        if row["stage"] != "ingest":
            assert row["samples"] == ingested[row["shard"]]["statuses"].get(statuses.OK, 0), row
    written = outcomes(lake, "samples")
    assert len(written) == sum(row["samples"] for row in ingested.values())
