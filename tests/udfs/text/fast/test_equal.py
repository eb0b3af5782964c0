"""The fast path finds what spaCy finds: keys and positions, on text of every kind."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
from captions import ALL, read_captions, texts
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from udfs.text.fast import engine, token_types
from udfs.text.fast.engine import FastNouns
from udfs.text.nouns import find_nouns, load_pipeline, zones

RULES = sorted(load_pipeline("en_core_web_sm").tokenizer.rules)


def assert_equal(captions: list[str], fast: FastNouns, pipeline: Any) -> int:
    """Both ways find the same in each caption; returns how many nouns that are."""
    found = [nouns for zone in zones(captions, pipeline) for nouns in fast.find(zone)]
    for caption, mine, spacy in zip(captions, found, find_nouns(captions, pipeline), strict=True):
        assert mine == spacy, caption
    return sum(len(nouns.keys) for nouns in found)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(captions=st.lists(texts(RULES), min_size=20, max_size=40))
def test_on_generated_text(captions: list[str], fast: FastNouns, pipeline: Any) -> None:
    assert_equal(captions, fast, pipeline)


@pytest.mark.parametrize(
    "caption",
    [
        "",
        " ",
        "x" * 30_000,
        "word " * 3_000,
        "café-" * 2_000,
        " " * 5_000 + "dog",
        "let's let 's LET'S Let ’s",
        "gon na gonna GON NA got ta gotta",
        "hello:) x(: ) :( (b: ) a: (b c :) :))",
        "dog's 's ’s s' —’ '—' n’t",
    ],
)
def test_on_single_captions(caption: str, fast: FastNouns, pipeline: Any) -> None:
    assert_equal([caption], fast, pipeline)


def test_on_lists_of_nothing(fast: FastNouns, pipeline: Any) -> None:
    assert fast.find([]) == []
    assert_equal(["", "", " "], fast, pipeline)


def test_neither_batches_nor_what_was_read_before_change_a_result(
    captions: list[str], fast: FastNouns, monkeypatch: pytest.MonkeyPatch
) -> None:
    some = captions[800:1_200]
    whole = fast.find(some)
    assert [nouns for caption in some[:50] for nouns in fast.find([caption])] == whole[:50]
    monkeypatch.setattr(engine, "_AT_ONCE", 7)
    monkeypatch.setattr(token_types, "MOST_WORDS", 300)
    again = FastNouns(fast._pipeline)
    assert [nouns for start in range(0, 400, 50) for nouns in again.find(some[start : start + 50])] == whole


@pytest.mark.parametrize("name", ALL)
def test_on_a_tenth_of_the_real_captions(name: str, shared: Path, fast: FastNouns, pipeline: Any) -> None:
    captions = read_captions(shared, name)
    assert_equal(random.Random(0).sample(captions, len(captions) // 10), fast, pipeline)


@pytest.mark.long
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("name", ALL)
def test_on_all_real_captions(name: str, shared: Path, fast: FastNouns, pipeline: Any) -> None:
    assert assert_equal(read_captions(shared, name), fast, pipeline) > 50
