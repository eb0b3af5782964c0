"""`cooccur` counts pairs as the captions of the kept lake say, by the driver as by Spark, or says why it cannot."""

from __future__ import annotations

import csv
import io
import json
import logging
import zipfile
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
import tiny
import yaml

from jobs.cli import main
from jobs.core import reading
from jobs.core.context import Context
from jobs.lake.lake import Lake
from jobs.lake.tables import SCHEMA_VERSION
from jobs.results.cooccurrence import COOCCURRENCES, PairQuestion, cooccurrences
from jobs.settings.settings import Settings

GOLDEN = Path(__file__).resolve().parents[2] / "golden"
# Worked by hand from tiny.CAPTIONS: pairs, and the samples that hold each concept, of 8 with a caption.
BY_HAND = {("bicycle", "cat"): 1, ("bicycle", "dog"): 1, ("cat", "dog"): 1}
HELD = {"bicycle": 2, "cat": 3, "dog": 3, "leaf": 1, "new_york": 1, "tiger": 1}
SEARCHED = 8


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Settings of the kept lake."""
    with zipfile.ZipFile(GOLDEN / f"lake-{SCHEMA_VERSION}.zip") as archive:
        archive.extractall(tmp_path / "lake")
    return tiny.write_settings(tmp_path, images={"tagger": tiny.TAGGER, "batch_size": 4})


@pytest.fixture(autouse=True)
def told(caplog: pytest.LogCaptureFixture) -> None:
    """What the command says beside its rows is heard."""
    caplog.set_level(logging.INFO)


def rows(capsys: pytest.CaptureFixture[str], config: Path, *words: str, status: int = 0) -> list[dict[str, str]]:
    assert main(["cooccur", str(config), *words]) == status
    return list(csv.DictReader(io.StringIO(capsys.readouterr().out)))


def test_the_pairs_of_a_list(
    config: Path, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    found = rows(capsys, config)
    assert {(row["concept"], row["other"]): int(row["pairs"]) for row in found} == BY_HAND
    for row in found:
        assert (row["corpus"], row["search"], row["threshold"], row["samples"]) == ("tiny", "text", "", str(SEARCHED))
        first, second = HELD[row["concept"]], HELD[row["other"]]
        assert (int(row["samples_concept"]), int(row["samples_other"])) == (first, second)
        assert float(row["expected"]) == first * second / SEARCHED
    # One sample in common is what chance gives two concepts in 2 and 3 of 8, and less than it gives two in 3 each.
    assert [row["other"] for row in found] == ["cat", "dog", "dog"]
    assert "tiny, text search: 8 samples, 6 of 7 concepts in some of them, 3 pairs together" in caplog.text
    assert "text search cannot answer 1 of 8 concepts, which are left out: '737' (" in caplog.text


def test_one_concept(config: Path, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture) -> None:
    found = rows(capsys, config, "dog", "--min-pairs", "1")
    assert [(row["concept"], row["other"], row["pairs"]) for row in found] == [
        ("dog", "bicycle", "1"),
        ("dog", "cat", "1"),
    ]
    whole = {frozenset((row["concept"], row["other"])): row for row in rows(capsys, config)}
    for row in found:
        same = whole[frozenset(("dog", row["other"]))]
        assert all(row[name] == same[name] for name in ("pairs", "expected", "pmi", "npmi", "g2", "samples"))
    assert [row["other"] for row in rows(capsys, config, "dog", "--min-pairs", "1", "--limit", "1")] == ["bicycle"]
    assert rows(capsys, config, "dog", status=1) == []
    assert "3 of 8 samples hold 'dog', 0 of 6 other concepts together with it in at least 6 samples; --min-pairs 1" in (
        caplog.text
    )


def test_a_concept_on_no_list(
    config: Path, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    found = rows(capsys, config, "mat", "--min-pairs", "1")
    assert {row["other"]: (row["pairs"], row["samples_concept"], row["npmi"]) for row in found} == {
        name: ("1", "1", found[0]["npmi"]) for name in ("cat", "dog")
    }
    assert rows(capsys, config, "zyzzyva", status=1) == []
    assert "tiny, text search: 0 of 8 samples hold 'zyzzyva'" in caplog.text


@pytest.mark.parametrize("concept", [None, "dog", "mat"])
def test_spark_counts_the_same(spark: Any, config: Path, concept: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = Settings.model_validate(yaml.safe_load(config.read_text()))
    tables = []
    for here in (reading.SAMPLES_HERE, -1):
        monkeypatch.setattr(reading, "SAMPLES_HERE", here)
        context = Context.looking(settings, Lake(spark, settings.lake), "cooccur")
        found = cooccurrences(context, settings.corpora[0], PairQuestion("text", None, concept))
        tables.append(found.strongest("npmi", None).table())
        rare = cooccurrences(context, settings.corpora[0], PairQuestion("text", None, concept, least=3))
        assert (rare.samples, len(rare.pairs)) == (SEARCHED, 0) and rare.frequencies.tolist() == (
            found.frequencies.tolist()
        )
    assert tables[0].equals(tables[1]) and tables[0].num_rows and tables[0].schema == COOCCURRENCES


def test_by_image_and_by_both(spark: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tiny.corpus(tmp_path / "corpus", images=True)
    tagger = {**tiny.TAGGER, "floor": 0.00001, "threshold": [0.0001, 0.001]}
    (tmp_path / "concepts.txt").write_text("tiger\ntabby\nEgyptian cat\nleopard\ndog\nlion\n", encoding="utf-8")
    images = {"tagger": tagger, "batch_size": 4}
    settings = tiny.settings_dict(tmp_path, images=images)
    assert tiny.run_here(spark, settings).complete
    config = tiny.write_settings(tmp_path, images=images)
    lake = Lake(None, settings["lake"])
    seen = 0
    for search in ("image", "integrated"):
        for threshold in tagger["threshold"]:
            counted = lake.rows("concept_counts", search=search, threshold=threshold, measure="concept")
            frequency = {row["concept"]: row["frequency"] for row in counted}
            assert main(["cooccur", str(config), "--search", search, "--threshold", str(threshold)]) in (0, 1)
            for row in csv.DictReader(io.StringIO(capsys.readouterr().out)):
                seen += 1
                assert int(row["samples_concept"]) == frequency[row["concept"]] >= int(row["pairs"]) > 0
                assert int(row["samples_other"]) == frequency[row["other"]] and float(row["threshold"]) == threshold
                every = [
                    str(config),
                    row["concept"],
                    "--search",
                    search,
                    "--threshold",
                    str(threshold),
                    "--limit",
                    "all",
                ]
                assert main(["samples", *every]) == 0
                ours = {(one["shard"], one["ordinal"]) for one in csv.DictReader(io.StringIO(capsys.readouterr().out))}
                every[1] = row["other"]
                assert main(["samples", *every]) == 0
                theirs = {
                    (one["shard"], one["ordinal"]) for one in csv.DictReader(io.StringIO(capsys.readouterr().out))
                }
                assert len(ours & theirs) == int(row["pairs"])
    assert seen


def test_formats_and_figures(config: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    every = rows(capsys, config)
    target = tmp_path / "new" / "pairs.parquet"
    assert main(["cooccur", str(config), "--format", "parquet", "--output", str(target)]) == 0
    stored = pq.read_table(target)
    assert stored.schema == COOCCURRENCES and stored["npmi"].to_pylist() == [float(row["npmi"]) for row in every]
    assert main(["cooccur", str(config), "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out) == stored.to_pylist()
    for name in ("map.svg", "map.png"):
        figure = tmp_path / "drawn" / name
        assert main(["cooccur", str(config), "--figure", str(figure)]) == 0
        assert figure.stat().st_size > 1_000
    assert all(f">{name}</text>" in (tmp_path / "drawn" / "map.svg").read_text() for name in ("dog", "cat", "bicycle"))


@pytest.mark.parametrize(
    ("words", "status", "message"),
    [
        (["--threshold", "0.5"], 2, "text search has no threshold"),
        (["--search", "image", "--threshold", "0.0001"], 2, "tags are stored above the floor"),
        (["--corpus", "other"], 2, "no corpus 'other'"),
        (["--list", "other"], 2, "no concept list 'other'; lists: words"),
        (["--format", "parquet"], 2, "--format parquet needs --output"),
        (["--output", "."], 2, "--output .: cannot be written (it is a folder)"),
        (["dog", "--figure", "a.svg"], 2, "leave CONCEPT out"),
        (["--figure", "a.pdf"], 2, "ends in .svg or .png"),
        (["737"], 1, "text search cannot answer '737'"),
        (["unheard-of", "--search", "image"], 1, "image search cannot answer 'unheard-of': the tagger has no label"),
    ],
)
def test_what_cannot_be_asked_is_refused(
    config: Path, caplog: pytest.LogCaptureFixture, words: list[str], status: int, message: str
) -> None:
    assert main(["cooccur", str(config), *words]) == status
    assert message in caplog.text


def test_nothing_of_nothing_is_no_answer(config: Path, caplog: pytest.LogCaptureFixture) -> None:
    Lake(None, str(config.parent / "lake")).replace_rows("shards", {"stage": "index"}, [])
    assert main(["cooccur", str(config)]) == 1
    assert "corpus tiny: no shard is indexed for text search: run `conceptfreq run` first" in caplog.text


def test_a_lake_without_own_corpora(config: Path, caplog: pytest.LogCaptureFixture) -> None:
    assert main(["cooccur", str(config), "--set", "corpora=[]"]) == 1
    assert "pairs are counted in samples, and no corpus is named" in caplog.text
