"""`balance` keeps the samples of the kept lake that its draws say, by the driver as by Spark, with their keys."""

from __future__ import annotations

import csv
import io
import json
import logging
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml
from published_counts import kept_lake

from jobs.cli import main
from jobs.core import reading
from jobs.core.context import Context
from jobs.lake.lake import Lake
from jobs.results.samples.curation_pool import Cut, pool_of
from jobs.results.samples.kept_keys import KEYS
from jobs.results.samples.kept_samples import BALANCE, cut_down
from jobs.settings.settings import Settings
from udfs.counting.lots import lots_of, lots_of_names, uniform

# Worked by hand from tiny.CAPTIONS: the concepts of each sample that holds some, by shard and ordinal.
HOLD = {
    ("00000.tar", 0): ("dog", "cat"), ("00000.tar", 1): ("tiger",), ("00000.tar", 2): ("cat",),
    ("00001.tar", 0): ("dog",), ("00001.tar", 1): ("bicycle", "dog"), ("00001.tar", 2): ("leaf",),
    ("00002.tar", 0): ("new_york",), ("00002.tar", 1): ("cat", "bicycle"),
}  # fmt: skip
BEFORE = {"dog": 3, "cat": 3, "bicycle": 2, "tiger": 1, "leaf": 1, "new_york": 1, "unicorn": 0}


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Settings of the kept lake."""
    return kept_lake(tmp_path)


@pytest.fixture(autouse=True)
def told(caplog: pytest.LogCaptureFixture) -> None:
    """What the command says beside its rows is heard."""
    caplog.set_level(logging.INFO)


def kept_by_hand(cap: int, seed: int) -> list[tuple[str, int]]:
    """Algorithm 1 over HOLD, sample by sample."""
    kept = []
    for (shard, ordinal), concepts in HOLD.items():
        lot = lots_of(seed, "tiny", [shard], np.array([0]), np.array([ordinal]))
        if any(uniform(lot, lots_of_names([name]))[0] < min(1, cap / BEFORE[name]) for name in concepts):
            kept.append((shard, ordinal))
    return kept


def balanced(config: Path, output: Path, cap: int, *words: str) -> list[tuple[str, int]]:
    assert main(["balance", str(config), "--cap", str(cap), "--output", str(output), *words]) == 0
    rows = pq.read_table(output)
    assert rows.schema == KEYS and set(rows["corpus"].to_pylist()) == {"tiny"}
    return list(zip(rows["shard"].to_pylist(), rows["ordinal"].to_pylist(), strict=True))


@pytest.mark.parametrize("cap", [1, 2, 3])
def test_what_algorithm_1_keeps(config: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path, cap: int) -> None:
    for seed in (0, 1):
        kept = balanced(config, tmp_path / f"{seed}.parquet", cap, "--seed", str(seed))
        assert kept == kept_by_hand(cap, seed) and (cap < 3 or kept == list(HOLD))
        rows = {row["concept"]: row for row in csv.DictReader(io.StringIO(capsys.readouterr().out))}
        assert {name: int(row["before"]) for name, row in rows.items()} == BEFORE
        assert {name: int(row["after"]) for name, row in rows.items()} == {
            name: sum(name in HOLD[place] for place in kept) for name in BEFORE
        }
        assert float(rows["dog"]["chance"]) == pytest.approx(min(1, cap / 3)) and rows["unicorn"]["chance"] == "1.0"


def test_the_keys_are_those_of_the_samples(config: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    balanced(config, tmp_path / "kept.parquet", 3)
    rows = pq.read_table(tmp_path / "kept.parquet").to_pylist()
    stored = Lake(None, str(config.parent / "lake")).rows("samples", ["shard", "ordinal", "sample"])
    keys = {(row["shard"], row["ordinal"]): row["sample"] for row in stored}
    assert [row["sample"] for row in rows] == [keys[row["shard"], row["ordinal"]] for row in rows]
    assert "tiny, text: 8 samples searched; 0 hold none of 7 concepts and are dropped; of 8 others 8 are kept" in (
        caplog.text
    )
    # bicycle, tiger, leaf, new_york and unicorn have fewer than 3: 5 of 11 matches.
    assert "5 concepts are in fewer than 3 samples: 45.5 % of all matches before, 45.5 % after" in caplog.text
    assert "text search cannot answer 1 of 8 concepts, which are left out: '737' (" in caplog.text


def test_samples_without_a_concept_are_dropped(config: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (config.parent / "concepts.txt").write_text("dog\ncat\n", encoding="utf-8")
    kept = balanced(config, tmp_path / "kept.parquet", 9)
    assert kept == [place for place, concepts in HOLD.items() if {"dog", "cat"} & set(concepts)]
    assert "8 samples searched; 3 hold none of 2 concepts and are dropped; of 5 others 5 are kept" in caplog.text


def test_a_folder_has_a_file_for_each_corpus_and_is_new(
    config: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "kept"
    words = ["balance", str(config), "--cap", "3", "--output", str(folder), "--format", "json"]
    assert main(words) == 0
    assert [path.name for path in folder.iterdir()] == ["tiny.parquet"]
    assert json.loads(capsys.readouterr().out)[0] == {"concept": "cat", "before": 3, "chance": 1.0, "after": 3}
    assert main(words) == 2 and "the folder is not empty" in caplog.text


def test_spark_keeps_the_same(spark: Any, config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings, found = Settings.model_validate(yaml.safe_load(config.read_text())), []
    for here in (reading.SAMPLES_HERE, -1):
        monkeypatch.setattr(reading, "SAMPLES_HERE", here)
        context = Context.looking(settings, Lake(spark, settings.lake), "balance")
        cut = Cut(2, "text", None, 1)
        pool = pool_of(context, settings.corpora, cut)
        [kept] = cut_down(context, pool, cut)
        ordinals = {shard: held.tolist() for shard, held in kept.ordinals.items()}
        found.append((pool.before.tolist(), pool.searched, pool.found, ordinals, kept.after.tolist()))
    assert found[0] == found[1] and found[0][2] == 8


@pytest.mark.parametrize(
    ("words", "status", "message"),
    [
        (["--threshold", "0.5"], 2, "text search has no threshold"),
        (["--corpus", "other"], 2, "no corpus 'other'"),
        (["--list", "other"], 2, "no concept list 'other'"),
        (["--set", "corpora=[]"], 1, "a balance is drawn among samples, and no corpus is named"),
        (["--search", "image", "--threshold", "0.999999"], 1, "holds one of"),
    ],
)
def test_what_cannot_be_is_told(
    config: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture, words: list[str], status: int, message: str
) -> None:
    output = tmp_path / "kept.parquet"
    assert main(["balance", str(config), "--cap", "5", "--output", str(output), *words]) == status
    assert message in caplog.text and not output.exists()


def test_a_lake_that_lost_samples_is_told(config: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    lake = Lake(None, str(config.parent / "lake"))
    [spec] = {row["spec"] for row in lake.rows("samples", ["spec"])}
    lake.replace_arrow("samples", {"corpus": "tiny", "spec": spec}, _without_first(lake))
    assert main(["balance", str(config), "--cap", "9", "--output", str(tmp_path / "kept.parquet")]) == 1
    assert "has rows of 7 of 8 kept samples" in caplog.text


def _without_first(lake: Lake) -> pa.Table:
    rows = lake.table("samples")
    return rows.filter(pa.compute.not_equal(rows["sample"], "00000000"))


def test_the_columns_of_the_page() -> None:
    page = (Path(__file__).resolve().parents[3] / "docs" / "tails.md").read_text()
    section = page.split("## A corpus cut to balance")[1]
    for schema, title in ((KEYS, "| kept sample |"), (BALANCE, "| concept |")):
        cells = [line.split("|")[1] for line in section.split(title)[1].split("\n\n")[0].splitlines()[2:]]
        assert [name for cell in cells for name in cell.replace("`", "").replace(" ", "").split(",")] == schema.names
