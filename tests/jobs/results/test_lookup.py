"""`lookup` of words on no list counts what the lists' counts are made of, and says what it asked and why it cannot."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import tiny

from jobs.cli import main
from jobs.core.context import Context
from jobs.core.identities import recorded_identities
from jobs.core.sections import images_section, tagger_config
from jobs.lake.lake import Lake
from jobs.lake.specs import canonical
from jobs.lake.tables import SCHEMA_VERSION, TABLES
from jobs.results.counts.answers import Frequency
from jobs.results.counts.frequencies import frequencies
from jobs.results.looked import Looked
from jobs.results.lookup import look_up
from jobs.results.samples.unlisted import ask_one, count_unlisted
from jobs.settings.settings import Settings

GOLDEN = Path(__file__).resolve().parents[2] / "golden"
# Imports of these fail.
WITHOUT = """
import sys
for name in ("spacy", "torch", "timm"):
    sys.modules[name] = None
from jobs.cli import main
sys.exit(main(sys.argv[1:]))
"""
IMAGES = {"tagger": tiny.TAGGER, "batch_size": 4}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The kept lake, of captions that are counted at threshold 0.5; two tags have scores, of 0.10 and 0.13."""
    with zipfile.ZipFile(GOLDEN / f"lake-{SCHEMA_VERSION}.zip") as archive:
        archive.extractall(tmp_path / "lake")
    return tmp_path


def opened(folder: Path, **changes: Any) -> Context:
    settings = Settings.model_validate(tiny.settings_dict(folder, **{"images": IMAGES, **changes}))
    return Context.looking(settings, Lake(None, settings.lake), "lookup")


def said(context: Context, concept: str, terms: bool = False) -> list[str]:
    return [str(row) for row in look_up(context, concept, terms)]


def by_search(looked: list[Looked]) -> dict[tuple[str, float | None], tuple[int | None, int | None]]:
    rows = [row.frequency for row in looked]
    return {(row.search, row.threshold): (row.frequency, row.samples) for row in rows}


def test_a_listed_concept_is_found_as_often_as_it_was_counted(folder: Path) -> None:
    context = opened(folder)
    corpus = context.settings.corpora[0]
    lists = [row for search in ("text", "image", "integrated") for row in frequencies(context, corpus, search)]
    searched = {(row.search, row.threshold): row.samples or 0 for row in lists}
    for concept in tiny.CONCEPTS:
        asked = ask_one(context, corpus, concept)
        counted = [numbers(row) for row in lists if row.concept == concept]
        assert [numbers(row) for row in count_unlisted(context, corpus, concept, asked, searched)] == counted
        # Where nothing is counted, the index says how many samples were searched, if it was asked.
        anew = [row for row in count_unlisted(context, corpus, concept, asked, {}) if row.frequency is not None]
        assert [numbers(row) for row in anew] == [one for one in counted if one[2] is not None]


def numbers(row: Frequency) -> tuple[object, ...]:
    return row.search, row.threshold, row.frequency, row.unanswerable, row.samples


def test_by_captions_by_images_and_by_both_at_every_threshold(folder: Path) -> None:
    add_caption_key(folder, "strawberry", {"00000.tar": [0, 2], "00001.tar": [1]})
    context = opened(folder, images={**IMAGES, "tagger": {**tiny.TAGGER, "threshold": [0.1, 0.101, 0.2]}})
    looked = look_up(context, "Strawberry")
    assert by_search(looked) == {
        ("text", None): (3, 8),
        ("image", 0.1): (1, 9),
        ("image", 0.101): (0, 9),
        ("image", 0.2): (0, 9),
        ("integrated", 0.1): (1, 8),
        ("integrated", 0.101): (0, 8),
        ("integrated", 0.2): (0, 8),
    }
    # Nothing is counted at these thresholds, so there is nothing to rank it among.
    assert str(looked[0]) == "tiny, text: 3 of 8 samples (own, on no list)"
    assert by_search(look_up(opened(folder, concepts=[]), "strawberry"))["integrated", 0.5] == (0, 8)


def add_caption_key(folder: Path, key: str, ordinals: dict[str, list[int]]) -> None:
    """Postings of a key more, as the stage `index` would write them."""
    lake = Lake(None, str(folder / "lake"))
    row = next(row for row in lake.rows("postings") if row["key"] == "dog")
    rows = [{**row, "key": key, "shard": shard, "samples": len(of), "ordinals": of} for shard, of in ordinals.items()]
    columns = {name: [row[name] for row in rows] for name in TABLES["postings"].column_names}
    schema = lake.table("postings").schema
    lake.append_arrow("postings", pa.table(columns, schema=schema))


def test_only_what_the_lists_were_counted_in_is_searched(folder: Path) -> None:
    lake = Lake(None, str(folder / "lake"))
    kept = [row for row in lake.rows("shards", stage="count") if row["shard"] != "00000.tar"]
    lake.replace_rows("shards", {"stage": "count"}, kept)
    # `mat` is in 00000.tar alone, which a later run will count.
    assert said(opened(folder), "mat")[0].startswith("tiny, text: 0 of 8 samples")


def test_a_phrase_keeps_its_order(folder: Path) -> None:
    phrase = opened(folder, captions={"pipeline": "en_core_web_sm", "match": "phrase"}, images=None)
    text = "  asked for captions with"
    assert said(phrase, "new york", terms=True) == [
        f"tiny, text: 1 of 8 samples (own, on no list)\n{text} 'new', then 'york'"
    ]
    assert said(phrase, "York  New") == [
        "tiny, text: 0 of 8 samples (own, on no list); no caption has these keys together: york, new"
    ]
    assert said(phrase, "new new york")[0].startswith("tiny, text: 0 of 8")
    assert said(opened(folder, images=None), "York new")[0].startswith("tiny, text: 1 of 8")


def test_a_plural_is_told_its_singular(folder: Path) -> None:
    looked = look_up(opened(folder), "tigers")
    hint = "no caption has the key 'tigers', but some have 'tiger'"
    assert str(looked[0]) == f"tiny, text: 0 of 8 samples, rank 7 of 8 (own, on no list); {hint}"
    assert [row.hint for row in looked] == [hint, None, None]


def test_what_cannot_be_answered_says_why_by_search(folder: Path) -> None:
    no_label, digits = "the tagger has no label of this name", "'3' has digits, which the index drops"
    reasons = [row.frequency.unanswerable for row in look_up(opened(folder), "mat")]
    assert reasons == [None, no_label, no_label]
    assert [row.frequency.unanswerable for row in look_up(opened(folder), "3 mats")] == [digits, no_label, digits]
    substring = opened(folder, captions={"match": "substring"}, images=None)
    assert "substrings are searched for concepts of lists only" in said(substring, "mat")[0]


def test_terms_are_shown_as_text_and_as_json(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = str(tiny.write_settings(folder, images=IMAGES))
    assert main(["lookup", config, "leaf", "--terms"]) == 0
    assert "\n  asked for captions with 'leaf'\n" in capsys.readouterr().out
    assert main(["lookup", config, "Prayer_rug", "--terms", "--json"]) == 0
    text, image, both = (row["terms"] for row in json.loads(capsys.readouterr().out))
    assert text == {"captions": [["prayer"], ["rug"]], "labels": None, "in_order": False}
    assert image == {"captions": None, "labels": ["prayer rug"], "in_order": False}
    assert both == {"captions": [["prayer"], ["rug"]], "labels": ["prayer rug"], "in_order": False}
    assert main(["lookup", config, "mat", "--json"]) == 0
    assert {row["terms"] for row in json.loads(capsys.readouterr().out)} == {None}


def test_captions_answer_where_the_labels_of_the_tagger_are_not(folder: Path) -> None:
    gone = {**IMAGES, "tagger": {**tiny.TAGGER, "classes": str(folder / "gone.txt")}}
    lake = Lake(None, str(folder / "lake"))
    recorded = recorded_identities(lake).of("tagger", tagger_config(images_section(opened(folder).settings)))
    settings = Settings.model_validate(tiny.settings_dict(folder, images=gone))
    key = canonical(["tagger", tagger_config(images_section(settings))])
    [run] = lake.rows("runs")
    identities = {**json.loads(run["identities"]), key: recorded}
    lake.replace_rows("runs", {"run": run["run"]}, [{**run, "identities": canonical(identities)}])
    text, image, both = said(opened(folder, images=gone), "mat")
    assert text.startswith("tiny, text: 1 of 8 samples")
    for one in (image, both):
        assert "unanswerable (the tagger's labels cannot be read here (no file" in one


def test_it_needs_neither_models_nor_spark(folder: Path) -> None:
    config = str(tiny.write_settings(folder, images=IMAGES))
    command = [sys.executable, "-c", WITHOUT, "lookup", config, "strawberry", "--terms"]
    done = subprocess.run(command, env={**os.environ, "JAVA_HOME": "/nowhere"}, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]
    assert "asked for images with the label 'strawberry'" in done.stdout
