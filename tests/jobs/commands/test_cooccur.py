"""`cooccur` counts pairs as the captions of the kept lake say, by the driver as by Spark, or says why it cannot."""

from __future__ import annotations

import csv
import io
import json
import logging
import re
import shlex
import zipfile
from datetime import UTC, datetime
from itertools import combinations
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
import tiny
import yaml
from postings_of import store_postings

from jobs.cli import arguments_of, main
from jobs.core import reading
from jobs.core.context import Context
from jobs.lake.lake import Lake
from jobs.lake.tables import SCHEMA_VERSION
from jobs.results.samples.cooccurrence import COOCCURRENCES, PairQuestion, cooccurrences
from jobs.settings.settings import Settings

ROOT = Path(__file__).resolve().parents[3]
GOLDEN = ROOT / "tests" / "golden"
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
    assert "tiny, text: 8 samples, 6 of 7 concepts in some of them, 3 pairs together" in caplog.text
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
    assert "tiny, text: 0 of 8 samples hold 'zyzzyva'" in caplog.text


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


def test_the_command_starts_spark_for_very_many_samples(
    spark: Any, config: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It opens the lake itself, without a session."""
    by_driver = rows(capsys, config)
    monkeypatch.setattr(reading, "SAMPLES_HERE", -1)
    assert rows(capsys, config) == by_driver


# What samples of two shards hold, by (shard, ordinal): words, and labels with scores. None: that half is not usable.
WORDS = {
    (0, 0): {"tiger", "lion", "tabby"}, (0, 1): {"tiger", "lion"}, (0, 2): None,
    (1, 0): {"tiger", "tabby"}, (1, 1): {"lion"}, (1, 2): {"tiger", "lion"},
}  # fmt: skip
LABELS = {
    (0, 0): {"tiger": 0.9, "lion": 0.4, "tabby": 0.6}, (0, 1): {"tiger": 0.6, "lion": 0.7},
    (0, 2): {"tiger": 0.9, "lion": 0.9}, (1, 0): {"tiger": 0.5}, (1, 1): None, (1, 2): {"tiger": 0.51, "lion": 0.45},
}  # fmt: skip


@pytest.mark.parametrize("search", ["text", "image", "integrated"])
@pytest.mark.parametrize("threshold", [0.3, 0.5])
def test_by_text_by_image_and_by_both(
    config: Path, capsys: pytest.CaptureFixture[str], search: str, threshold: float
) -> None:
    lake = Lake(None, str(config.parent / "lake"))
    store_postings(lake, WORDS, LABELS)
    (config.parent / "concepts.txt").write_text("tiger\nlion\ntabby\n", encoding="utf-8")

    held_by: list[set[str]] = []
    for place in WORDS:
        words, labels = WORDS[place], LABELS[place]
        seen = None if labels is None else {name for name, score in labels.items() if score > threshold}
        both = None if words is None or seen is None else words & seen
        chosen = {"text": words, "image": seen, "integrated": both}[search]
        held_by += [] if chosen is None else [chosen]
    expected = {}
    for one, other in combinations(("lion", "tabby", "tiger"), 2):
        numbers = [sum(names <= held for held in held_by) for names in ({one}, {other}, {one, other})]
        if numbers[-1]:
            expected[one, other] = [*numbers, len(held_by)]
    limit = [] if search == "text" else ["--threshold", str(threshold)]
    found = rows(capsys, config, "--search", search, *limit)
    columns = ("samples_concept", "samples_other", "pairs", "samples")
    assert {(row["concept"], row["other"]): [int(row[name]) for name in columns] for row in found} == expected
    for name in ("lion", "tabby", "tiger"):
        own = {frozenset(pair): numbers[2] for pair, numbers in expected.items() if name in pair}
        one = rows(capsys, config, name, "--search", search, *limit, "--min-pairs", "1", status=0 if own else 1)
        assert {frozenset((row["concept"], row["other"])): int(row["pairs"]) for row in one} == own


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
    lake = Lake(None, str(config.parent / "lake"))
    body = json.dumps({"kind": "search_counts", "corpus": "laion400m", "search": "text"})
    row = {"spec": "imported", "stage": "published", "body": body, "created": datetime.now(UTC)}
    lake.replace_rows("specs", {"spec": "imported"}, [row])
    only_published = "of laion400m only published counts are there, and no samples"
    for words in (["--set", "corpora=[]"], ["--corpus", "laion400m"]):
        caplog.clear()
        assert main(["cooccur", str(config), *words]) == 1
        assert only_published in caplog.text
    assert main(["cooccur", str(config)]) == 0


def test_the_page_says_what_is_there() -> None:
    page = (ROOT / "docs" / "cooccurrence.md").read_text()
    [commands] = re.findall(r"```sh\n(.*?)```", page, re.DOTALL)
    for command in commands.splitlines():
        assert arguments_of(shlex.split(command)[1:]).command == "cooccur"
    cells = [line.split("|")[1] for line in page.split("| column |")[1].split("\n\n")[0].splitlines()]
    assert re.findall(r"`(\w+)`", " ".join(cells[2:])) == COOCCURRENCES.names
    options = page.split("| option |")[1].split("\n\n")[0]
    given = arguments_of(["cooccur", "CONFIG"])
    assert {name.replace("-", "_") for name in re.findall(r"`--([\w-]+)", options)} - {"limit"} <= vars(given).keys()


def test_a_corpus_without_usable_captions(config: Path, caplog: pytest.LogCaptureFixture) -> None:
    lake = Lake(None, str(config.parent / "lake"))
    for spec in {row["spec"] for row in lake.rows("postings", ["spec"])}:
        lake.replace_rows("postings", {"corpus": "tiny", "spec": spec}, [])
    for concept in ([], ["dog"]):
        caplog.clear()
        assert main(["cooccur", str(config), *concept]) == 1
        assert "corpus tiny: no sample could be searched by text search" in caplog.text


def test_halves_that_are_indexed_for_different_shards(config: Path, caplog: pytest.LogCaptureFixture) -> None:
    lake = Lake(None, str(config.parent / "lake"))
    text = next(row["spec"] for row in lake.rows("postings", ["spec", "scores"]) if row["scores"] is None)
    ledger = lake.rows("shards", stage="index")
    first = min(row["shard"] for row in ledger)
    kept = [row for row in ledger if (row["spec"] == text) == (row["shard"] == first)]
    lake.replace_rows("shards", {"stage": "index"}, kept)
    assert main(["cooccur", str(config), "--search", "integrated"]) == 1
    assert "no shard is indexed for both text and image search" in caplog.text
