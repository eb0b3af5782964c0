"""`label` and `precision` from end to end on the kept lake, whose every pair is known from its captions."""

from __future__ import annotations

import csv
import io
import logging
import re
from pathlib import Path
from typing import Any

import pytest
import tiny
import yaml
from published_counts import kept_lake

from jobs.cli import main
from jobs.core import reading
from jobs.core.context import Context
from jobs.lake.lake import Lake
from jobs.results.labels.asked_pairs import ask_pairs, count_cells
from jobs.results.labels.corrected_frequencies import CORRECTED, CORRECTED_LAWS
from jobs.results.labels.drawn_pairs import LABELS, TO_LABEL, design, draw_pairs
from jobs.results.labels.hit_rates import CONCEPT_HITS, HITS
from jobs.settings.settings import Settings

# The concepts that captions name; a bicycle beside a dog is no dog's, so say the labels of this test.
TRUE = {"dog": 3, "cat": 3, "bicycle": 2, "tiger": 1, "new_york": 1, "leaf": 1}
Rows = list[dict[str, str]]


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Settings that search the kept lake's captions."""
    kept_lake(tmp_path)
    return tiny.write_settings(tmp_path)


def drawn(config: Path, capsys: pytest.CaptureFixture[str], *words: str) -> Rows:
    assert main(["label", str(config), *words]) == 0
    return list(csv.DictReader(io.StringIO(capsys.readouterr().out)))


def save(path: Path, rows: Rows) -> str:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, LABELS.names, extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)
    return str(path)


def table(path: Path) -> Rows:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_every_pair_that_is_found_can_be_drawn(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = drawn(config, capsys, "--pairs", "1000")
    assert list(rows[0]) == TO_LABEL.names
    found = [row for row in rows if row["stratum"] == "text"]
    counts = {row["concept"]: row["pairs"] for row in found}
    assert {name: int(pairs) for name, pairs in counts.items()} == TRUE
    assert {row["chance"] for row in found} == {"1.0"} and len(found) == sum(TRUE.values())
    assert all(row["concept"].split("_")[-1][:3] in row["caption"].lower() for row in found)
    nothing = [row for row in rows if row["stratum"] == "found by nothing"]
    assert nothing and {row["judged"] for row in rows} == {"caption"}
    assert {row["label"] for row in rows} == {""}
    assert not {(row["shard"], row["ordinal"], row["concept"]) for row in nothing} & {
        (row["shard"], row["ordinal"], row["concept"]) for row in found
    }


def test_a_draw_is_the_seeds(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    few = [drawn(config, capsys, "--pairs", "6", "--seed", seed) for seed in ("1", "1", "2")]
    assert few[0] == few[1] != few[2] and 0 < len(few[0]) < 20


def test_labels_come_back_as_precision_and_frequencies(
    config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    rows = drawn(config, capsys, "--pairs", "1000")
    for row in rows:
        wrong = row["concept"] == "bicycle" and "dog" in row["caption"]
        row["label"] = "yes" if row["stratum"] == "text" and not wrong else "no"
    rows[next(at for at, row in enumerate(rows) if row["stratum"] != "text")]["label"] = "unsure"
    labels = save(tmp_path / "labels.csv", rows)
    output = tmp_path / "out" / "hits.csv"
    assert main(["precision", str(config), labels, "--output", str(output)]) == 0
    assert "text, by caption: precision 0.909 [0.909, 0.909]" in caplog.text
    assert "1 pairs whose label is unsure are left out" in caplog.text
    search, text, nothing = table(output)
    assert list(search) == HITS.names
    assert (search["search"], search["pairs"], search["right"]) == ("text", "11", "10")
    assert (text["stratum"], nothing["stratum"]) == ("text", "found by nothing")
    assert nothing["precision"] == "0.0" and 0 < float(nothing["precision_high"]) < 0.6
    assert search["recall"] == "1.0" and 0.2 < float(search["recall_low"]) < 1
    concepts = {row["concept"]: row for row in table(tmp_path / "out" / "hits.concepts.csv")}
    assert list(concepts["dog"]) == CONCEPT_HITS.names and set(concepts) == {*TRUE, "unicorn"}
    assert (concepts["bicycle"]["precision"], concepts["dog"]["precision"]) == ("0.5", "1.0")
    assert concepts["unicorn"]["found"] == "0" and concepts["unicorn"]["precision"] == ""
    frequencies = {row["concept"]: row for row in table(tmp_path / "out" / "hits.frequencies.csv")}
    assert list(frequencies["dog"]) == CORRECTED.names
    assert frequencies["bicycle"]["corrected"] == "1.0" and frequencies["dog"]["corrected_low"] == "3.0"
    assert not (tmp_path / "out" / "hits.laws.csv").exists(), "nothing is fitted"


def test_a_search_is_judged_by_the_concepts_that_it_can_answer(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    config = kept_lake(tmp_path)
    rows = drawn(config, capsys, "--pairs", "1000")
    assert "text and image search cannot answer 1 of 8 concepts, which are left out: '737'" in caplog.text
    assert {row["judged"] for row in rows} == {"image"} and {row["concept"] for row in rows} > {"dog", "tiger"}
    labels = save(tmp_path / "labels.csv", [row | {"label": "yes"} for row in rows])
    assert main(["precision", str(config), labels, "--output", str(tmp_path / "hits.csv")]) == 0
    text, image, both, *strata = table(tmp_path / "hits.csv")
    # The tagger knows a tiger, and finds none.
    assert (text["pairs"], image["pairs"], both["pairs"]) == ("11", "0", "0")
    assert text["recall"] != "" and image["precision"] == "" and image["recall"] == "0.0"
    assert [one["stratum"] for one in strata] == ["text", "found by nothing"]
    of_image = [row["concept"] for row in table(tmp_path / "hits.concepts.csv") if row["search"] == "image"]
    assert of_image == ["tiger"]


def test_the_main_table_goes_to_stdout(config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [row | {"label": "yes"} for row in drawn(config, capsys)]
    assert main(["precision", str(config), save(tmp_path / "labels.csv", rows)]) == 0
    assert capsys.readouterr().out.splitlines()[0].split(",") == HITS.names


def test_the_page_holds_images_and_names_none_of_the_strata(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    config = kept_lake(tmp_path)
    tiny.corpus(tmp_path / "corpus", images=True)
    page = tmp_path / "pages" / "label.html"
    caplog.set_level(logging.INFO)
    assert main(["label", str(config), "--output", str(page)]) == 0
    text = page.read_text(encoding="utf-8")
    assert "9 of 9 images are in the page" in caplog.text and text.count('"src":"data:image/jpeg;base64,') == 9
    assert "img-src data:" in text and not re.search(r"(?:src|href)=\"http|url\(|@import", text)
    # Images that are gone are told, and none are asked for without them.
    (tmp_path / "corpus" / "00001.tar").write_bytes(b"")
    assert main(["label", str(config), "--output", str(page)]) == 0
    assert "6 of 9 images" in caplog.text and page.read_text(encoding="utf-8").count('"reason":"') == 3
    assert main(["label", str(config), "--no-images", "--output", str(page)]) == 0
    assert '"pictures":null' in page.read_text(encoding="utf-8")


def test_spark_draws_the_same(spark: Any, config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = Settings.model_validate(yaml.safe_load(config.read_text()))
    found = []
    for here in (reading.SAMPLES_HERE, -1):
        monkeypatch.setattr(reading, "SAMPLES_HERE", here)
        context = Context.looking(settings, Lake(spark, settings.lake), "label")
        cells = count_cells(context, ask_pairs(context, settings.corpora[0], "caption"))
        pairs = draw_pairs(context, design(cells, 20), seed=3)
        found.append((cells.samples, cells.pairs.tolist(), [one.row for one in pairs]))
    assert found[0] == found[1] and len(found[0][2]) > 5


def test_the_columns_of_the_page_of_documents() -> None:
    page = (Path(__file__).resolve().parents[3] / "docs" / "labels.md").read_text()
    assert f"Columns of the CSV: {', '.join(LABELS.names)}." in page
    cells = re.findall(r"^\| hits[.\w]*csv \|.*\| (.*) \|$", page, re.MULTILINE)
    tables = (HITS, CONCEPT_HITS, CORRECTED, CORRECTED_LAWS)
    for said, schema in zip(cells, tables, strict=True):
        named = re.findall(r"\b[a-z]+(?:_[a-z]+)*[0-9]?\b", said)
        assert {name for name in named if name not in ("with", "its", "and")} <= set(schema.names)


def test_what_cannot_be_asked_is_refused(config: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    refused: list[tuple[list[str], int, str]] = [
        (["--judge", "image"], 2, "--judge image: tiny has no image search"),
        (["--list", "other"], 2, "no concept list 'other'"),
        (["--corpus", "other"], 2, "no corpus 'other'"),
        (["--format", "parquet"], 2, "--format parquet needs --output FILE"),
        (["--output", str(tmp_path)], 2, "it is a folder"),
    ]
    for words, status, message in refused:
        caplog.clear()
        assert main(["label", str(config), *words]) == status
        assert message in caplog.text


def test_labels_of_another_lake_are_refused(
    config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    rows: Any = [row | {"label": "yes"} for row in drawn(config, capsys, "--pairs", "1000")]
    question = ["precision", str(config), str(tmp_path / "labels.csv")]
    assert main([*question[:2], save(tmp_path / "labels.csv", [row | {"label": ""} for row in rows])]) == 1
    assert "the file has no label yet" in caplog.text
    save(tmp_path / "labels.csv", [row | {"concept": "zebra"} for row in rows])
    assert main(question) == 1 and "no such concept" in caplog.text
    twice = [row | {"chance": "0.5" if at % 2 else "1.0"} for at, row in enumerate(rows)]
    save(tmp_path / "labels.csv", twice)
    assert main(question) == 1 and "in two draws: give each draw by itself" in caplog.text
    save(tmp_path / "labels.csv", [*rows, next(row for row in rows if row["stratum"] == "text") | {"ordinal": "77"}])
    assert main(question) == 1 and "more labels than the" in caplog.text
    save(tmp_path / "labels.csv", rows)
    Lake(None, str(config.parent / "lake")).replace_rows("shards", {"stage": "index", "shard": "00001.tar"}, [])
    assert main(question) == 1
    assert re.search(r"were drawn from \d+ pairs, and the lake has \d+ now", caplog.text)
