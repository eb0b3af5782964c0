from __future__ import annotations

import json
import re
from typing import Any

import pytest

from udfs.shards.metadata import read_metadata


def caption_of(value: Any, key: str | None = None, captions: str = "first") -> str | None:
    return read_metadata(json.dumps(value).encode(), key, captions).caption


@pytest.mark.parametrize(
    ("value", "caption"),
    [
        ({"caption": "a dog"}, "a dog"),
        ({"caption": ["", None, " ", "a dog", "a cat"]}, "a dog"),
        ({"caption": ["", " "]}, ""),
        ({"texts": ["a dog", "a cat"]}, "a dog"),
        ({"uuid": 1, "texts": [["alt", "a dog"], ["title", "IMG"]]}, "a dog"),
        ({"TEXT": "a dog"}, "a dog"),
        ({"txt": "a dog", "width": 3}, "a dog"),
        ({"caption": None, "text": "a dog"}, "a dog"),
        ({"TEXT": "a cat", "caption": "a dog"}, "a dog"),
        (["a dog", "a cat"], "a dog"),
        ("a dog", "a dog"),
    ],
)
def test_captions_under_usual_names(value: Any, caption: str) -> None:
    assert caption_of(value) == caption


def test_options_for_the_key_and_for_lists() -> None:
    value = {"caption": "a cat", "alt": ["a dog", "", "a bird"], "sentences": [{"raw": "x"}, {"raw": "y"}], "a.b": "z"}
    assert caption_of(value, "alt") == "a dog"
    assert caption_of(value, "alt", "join") == "a dog\na bird"
    assert caption_of(value, "sentences.raw", "join") == "x\ny"
    assert caption_of(value, "a.b") == "z"
    assert caption_of({"meta": {"caption": {"en": "a dog"}}}, "meta.caption.en") == "a dog"
    assert caption_of(["a dog"], "alt") is None


@pytest.mark.parametrize(
    ("value", "key", "problem"),
    [
        ({"uuid": 1, "prompt": "a dog"}, None, "its json has the keys uuid, prompt: set `json_key`"),
        ({"caption": "a dog"}, "alt", "its json has the keys caption: set `json_key`"),
        ({"caption": None}, None, "caption in its json is null"),
        ({"caption": []}, None, "caption in its json is an empty list"),
        ({"caption": 7}, None, "caption in its json is a number or a truth value"),
        (
            {"caption": [{"raw": "a dog"}]},
            None,
            "caption in its json is a list of which the first is an object with the keys raw: "
            "set `json_key`, as caption.raw",
        ),
        (
            {"caption": [["a dog", "a cat"]]},
            None,
            "caption in its json is a list of which the first is a list of which",
        ),
        ({}, None, "its json is empty"),
        ([{"caption": "a dog"}], None, "its json is a list of which the first is an object with the keys caption"),
        ({f"key {number}": 0 for number in range(30)}, None, "its json has the keys key 0, .*key 19 and 10 more: set"),
    ],
)
def test_why_there_is_no_caption(value: Any, key: str | None, problem: str) -> None:
    found = read_metadata(json.dumps(value).encode(), key, "first")
    assert found.caption is None and not found.broken
    assert found.problem is not None and re.match(problem, found.problem)


def test_what_else_is_read() -> None:
    meta = read_metadata(b'{"URL": "u", "WIDTH": 9, "width": 3.0, "HEIGHT": NaN, "caption": "x"}', None, "first")
    assert (meta.url, meta.width, meta.height) == ("u", 3, None)
    broken = read_metadata(b'{"caption": ', None, "first")
    assert broken.broken and broken.problem is not None and broken.problem.startswith("broken json: ")
