"""Runs and captions are split into the tokens that the pipeline's tokenizer makes, with the same features."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from captions import read_captions, texts
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from udfs.text.fast import token_types
from udfs.text.fast.splitter import Splitter
from udfs.text.fast.structure import FEATURES
from udfs.text.fast.token_types import Types
from udfs.text.nouns import load_pipeline

RULES = sorted(load_pipeline("en_core_web_sm").tokenizer.rules)
LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"


def assert_same_tokens(captions: list[str], types: Types, pipeline: Any) -> None:
    with pipeline.memory_zone():
        found, lengths = types.read(captions)
        start = 0
        for caption, length in zip(captions, lengths.tolist(), strict=True):
            doc = pipeline.tokenizer(caption)
            rows = [
                (types.texts[one // 2], *types.features[one // 2][:4], one % 2, types.features[one // 2][5])
                for one in found[start : start + length].tolist()
            ]
            wanted = doc.to_array(list(FEATURES)).tolist() if len(doc) else []
            assert rows == [(token.text, *row) for token, row in zip(doc, wanted, strict=True)], caption
            assert [types.blank[one // 2] for one in found[start : start + length].tolist()] == [
                token.is_punct or token.is_space for token in doc
            ]
            start += length


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(captions=st.lists(texts(RULES), min_size=5, max_size=20))
def test_generated_captions_have_the_tokenizers_tokens(captions: list[str], pipeline: Any) -> None:
    assert_same_tokens(captions, Types(pipeline), pipeline)


@pytest.mark.parametrize(
    "caption", ["hello:) )", "hello:) there", "x: (y", "a( :b", "(cant, (don't) dog's toys", " a  b ", "a "]
)
def test_what_stands_around_a_run_has_its_part(caption: str, pipeline: Any) -> None:
    assert_same_tokens([caption], Types(pipeline), pipeline)


def test_a_match_across_a_space_hides_one_in_a_run(pipeline: Any) -> None:
    assert [token.text for token in pipeline.tokenizer("hello:) there")] == ["hello", ":)", "there"]
    assert [token.text for token in pipeline.tokenizer("hello:) )")] == ["hello", ":", ")", ")"]


def test_web_captions_have_the_tokenizers_tokens(shared: Path, pipeline: Any) -> None:
    assert_same_tokens(read_captions(shared, "web_alt_text_laion_columns"), Types(pipeline), pipeline)


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(run=st.text(LETTERS, min_size=1, max_size=70))
def test_no_expression_of_the_tokenizer_matches_in_letters_alone(run: str, pipeline: Any) -> None:
    tokenizer = pipeline.tokenizer
    assert not tokenizer.find_prefix(run) and not tokenizer.find_suffix(run) and not tokenizer.find_infix(run)


@pytest.mark.parametrize(
    ("run", "pieces"),
    [
        ("beach.", ["beach", "."]),
        ("(red,blue)", ["(", "red", ",", "blue", ")"]),
        ("dog's", ["dog", "'s"]),
        ("mother-in-law", ["mother", "-", "in", "-", "law"]),
        ("5km", ["5", "km"]),
        ("(don't)", None),
        ("don't", ["do", "n't"]),
    ],
)
def test_runs_by_hand(run: str, pieces: list[str] | None, pipeline: Any) -> None:
    assert Splitter(pipeline.tokenizer).split(run) == pieces


def test_a_run_that_could_join_its_neighbours_is_not_apart(pipeline: Any) -> None:
    splitter = Splitter(pipeline.tokenizer)
    assert splitter.holds_rule("dog's", ["dog", "'s"]) and splitter.is_apart(["dog", "'s"])
    assert splitter.holds_rule("hello:)", ["hello", ":", ")"]) and not splitter.is_apart(["hello", ":", ")"])
    assert not splitter.holds_rule("dogs,", ["dogs", ","])


def test_what_is_kept_is_bounded(pipeline: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    types = Types(pipeline)
    with pipeline.memory_zone():
        types.read(["y" * 10_000, "z" * 65])
        assert not types._runs and not types.full
        monkeypatch.setattr(token_types, "_MOST_CHARACTERS", 20_000)
        types.read(["x" * 10_000])
    assert types.full
