"""Annotations among a sample's values: what is read, what is refused and why, whatever the web put there."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from udfs.shards import annotations
from udfs.shards.annotations import FIELDS, AnnotationField, among, in_json
from udfs.shards.samples import Annotations


def read(value: Any, field: str = "classes", vocabulary: tuple[str, ...] = ()) -> Annotations:
    return in_json(json.dumps(value).encode(), AnnotationField(field, vocabulary))


def test_a_class_of_several_boxes_has_its_highest_score() -> None:
    boxes = {"classes": ["dog", "bicycle", "dog", "dog"], "bounding_boxes": [[0, 0, 1, 1]] * 4}
    assert read({**boxes, "scores": [0.25, 0.5, 0.75, 0.5]}).scores == {"dog": 0.75, "bicycle": 0.5}


@pytest.mark.parametrize("tags", ["dog | park bench", "dog|park bench", ["dog", "park bench"]])
def test_tags_are_a_text_with_bars_or_a_list(tags: Any) -> None:
    assert read({"tags": tags, "tag_probs": [0.5, 1]}, "tags").scores == {"dog": 0.5, "park bench": 1.0}


def test_scores_of_a_whole_vocabulary_are_found_by_their_names() -> None:
    names, probs = ("cat", "Park_bench", "dog"), [0.25, 0.5, 0.75]
    assert read({"tags": "dog | park bench", "tag_probs": probs}, "tags", names).scores == {
        "dog": 0.75,
        "park bench": 0.5,
    }
    short = read({"tags": "dog", "tag_probs": [0.5]}, "tags", names)
    assert short.problem == "broken annotations: the vocabulary has 3 labels, and tag_probs 1 scores"
    other = read({"tags": "cat | lamp", "tag_probs": probs}, "tags", names)
    assert other.problem == "broken annotations: tags[1] is not in the vocabulary"


def test_labels_are_brought_to_one_spelling() -> None:
    found = read({"classes": ["Dog", "dog", "New_York ", "\ud800x\0"], "scores": [0.25, 0.5, 0.5, 0.5]})
    assert found.scores == {"dog": 0.5, "new york": 0.5, "\ufffdx": 0.5}


@pytest.mark.parametrize("nothing", [{"classes": [], "scores": []}, {"classes": " ", "scores": []}])
def test_nothing_found_is_an_answer(nothing: Any) -> None:
    assert read(nothing) == Annotations({})


def test_rounding_above_one_is_no_fault() -> None:
    assert read({"classes": ["dog"], "scores": [1.0000002]}).scores == {"dog": 1.0}


@pytest.mark.parametrize(
    ("raw", "problem"),
    [
        (None, "no annotations: the sample has no .json"),
        (b"", "broken json: "),
        (b'{"classes": ["dog"', "broken json: "),
        (b"[" * 100_000, "broken json: "),
        (b'{"classes": ["dog"], "scores": [' + b"9" * 5_000 + b"]}", "broken json: "),
        (b'["dog"]', "no annotations: its json is no object"),
        (b"{}", "no annotations: no classes"),
        (b'{"caption": "a", "url": "b"}', "no annotations: no classes among caption, url"),
        (b'{"classes": null, "scores": []}', "no annotations: null classes"),
        (b'{"classes": 7, "scores": []}', "broken annotations: classes is neither a list nor a text"),
        (b'{"classes": ["dog"]}', "broken annotations: classes without a list of scores"),
        (b'{"classes": ["dog"], "scores": 0.5}', "broken annotations: classes without a list of scores"),
        (b'{"classes": ["a", "b"], "scores": [0.5]}', "broken annotations: classes has 2 labels, and scores 1 scores"),
        (b'{"classes": ["a", 7], "scores": [0.5, 0.5]}', "broken annotations: classes[1] is no text"),
        (b'{"classes": ["a", " "], "scores": [0.5, 0.5]}', "broken annotations: classes[1] is empty"),
        (b'{"classes": ["dog"], "scores": [NaN]}', "broken annotations: scores[0] is no number from 0 to 1"),
        (b'{"classes": ["dog"], "scores": [-1e-9]}', "broken annotations: scores[0] is no number from 0 to 1"),
        (b'{"classes": ["dog"], "scores": [1.5]}', "broken annotations: scores[0] is no number from 0 to 1"),
        (b'{"classes": ["dog"], "scores": [true]}', "broken annotations: scores[0] is no number from 0 to 1"),
        (b'{"classes": ["dog"], "scores": ["0.5"]}', "broken annotations: scores[0] is no number from 0 to 1"),
        (b'{"classes": ["dog"], "scores": [1e999]}', "broken annotations: scores[0] is no number from 0 to 1"),
    ],
)
def test_why_there_are_none(raw: bytes | None, problem: str) -> None:
    found = in_json(raw, AnnotationField("classes"))
    assert found.scores is None and (found.problem or "").startswith(problem)


def test_no_sample_fills_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(annotations, "MOST_LABELS", 2)
    assert (read({"classes": list("abc"), "scores": [1] * 3}).problem or "").endswith("3 labels, 2 allowed")
    long = "x" * (annotations.LONGEST_LABEL + 1)
    assert (read({"classes": [long], "scores": [1]}).problem or "").endswith("1001 characters, 1000 allowed")


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=12,
)


@given(st.fixed_dictionaries({}, optional=dict.fromkeys(["classes", "scores", "tags", "tag_probs"], VALUES)))
def test_nothing_raises(values: dict[str, Any]) -> None:
    for field in FIELDS:
        found = among(values, AnnotationField(field))
        assert (found.scores is None) != (found.problem is None)
        assert all(name and 0 <= score <= 1 for name, score in (found.scores or {}).items())
