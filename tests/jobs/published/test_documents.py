"""Hostile files: what is usable is used, the rest is named."""

from __future__ import annotations

import json
from typing import Any

import pytest

from jobs.published.documents import ModelScore, Notes, Unusable, counts, mean_scores, read, scores


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "the file is empty"),
        (b" \n", "the file is empty"),
        (b'{"a": 1', "not JSON"),
        (b"<html>", "not JSON"),
        (b'\xff\xfe{"a": 1}', "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b'{"a": ' + b"9" * 5_000 + b"}", "not JSON"),
        (b"[1, 2]", "an object is expected, found a list"),
        (b"null", "an object is expected, found null"),
        (b'"text"', "an object is expected, found text"),
        (b"{}", "the object is empty"),
    ],
)
def test_a_file_without_an_object_is_unusable(data: bytes, said: str) -> None:
    with pytest.raises(Unusable, match=said):
        read(data, Notes())


def test_of_a_key_given_twice_the_first_is_kept_and_it_is_noted() -> None:
    notes = Notes()
    document = read(b'\xef\xbb\xbf{"dog": 1, "cat": 2, "dog": 3, "m": {"x": 1, "x": 2}}', notes)
    assert document == {"dog": 1, "cat": 2, "m": {"x": 1}}
    assert notes.left_out == {"given twice, the first is kept": ["x", "dog"]}


@pytest.mark.parametrize(
    ("value", "fault"),
    [
        ("null", "null"),
        ("NaN", "not a finite number"),
        ("-Infinity", "not a finite number"),
        ("1e999", "not a finite number"),
        ("-1", "negative"),
        ("0.5", "not a whole number"),
        ("true", "not a number but a truth value"),
        ('"7"', "not a number but text"),
        ("[7]", "not a number but a list"),
        ('{"a": 7}', "not a number but an object"),
        (str(2**63), "too large"),
        ("9" * 400, "too large"),
    ],
)
def test_what_is_no_count_is_left_out_by_name(value: str, fault: str) -> None:
    notes = Notes()
    document = read(f'{{"dog": 3, "bad": {value}, "zero": 0, "whole": 5.0}}'.encode(), notes)
    assert counts(document, notes) == {"dog": 3, "zero": 0, "whole": 5}
    assert notes.left_out == {fault: ["bad"]}


def test_a_name_that_is_empty_or_no_text_is_no_concept() -> None:
    notes = Notes()
    assert counts(read(rb'{"": 1, " ": 2, "\ud800": 3, "caf\u00e9": 4}', notes), notes) == {"café": 4}
    assert notes.left_out == {"empty concept name": ["", " "], "concept name that is no text": ["\ud800"]}


def test_scores_of_models_that_can_be_read() -> None:
    document: dict[str, Any] = {
        "good": {"full": 50.0, "classwise": {"dog": 25.5, "cat": 100, "": 3.0, "fox": None, "cow": 101.0, "owl": -1}},
        "": {"classwise": {"dog": 1.0}},
        "bare": {"full": 1.0},
        "list": [1],
        "none": {"classwise": {}},
    }
    notes = Notes()
    assert scores(document, "classwise", notes) == [ModelScore("good", "dog", 25.5), ModelScore("good", "cat", 100.0)]
    assert notes.left_out == {
        "empty concept name": ["good: "],
        "null": ["good: fox"],
        "not within 0 to 100": ["good: cow", "good: owl"],
        "empty model name": [""],
        "an object 'classwise' of the model is expected": ["bare", "list"],
        "the model's 'classwise' is empty": ["none"],
    }


def test_a_list_of_scores_becomes_its_mean_and_their_number() -> None:
    text = (
        '{"m": {"classwise": {"dog": [1, 2, 6.0], "cat": [], "fox": [2, NaN, null], "cow": 3, "big": [1e308, 1e308]}}}'
    )
    notes = Notes()
    assert mean_scores(json.loads(text), "classwise", notes) == [
        ModelScore("m", "dog", pytest.approx(3.0), 3),  # type: ignore[arg-type]
        ModelScore("m", "cat", None, 0),
        ModelScore("m", "fox", 2.0, 1),
        ModelScore("m", "big", 1e308, 2),
    ]
    assert notes.left_out == {
        "a score: not a finite number": ["m: fox"],
        "a score: null": ["m: fox"],
        "a list of scores is expected, found a number": ["m: cow"],
    }
