"""Texts find their concepts, and those without are named."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from jobs.concepts.descriptions import describe_concepts
from jobs.errors import SettingsError


def written(folder: Path, content: Any) -> str:
    path = folder / "d.json"
    path.write_text(json.dumps(content))
    return str(path)


def test_the_exact_name_comes_before_one_that_is_spelled_alike(tmp_path: Path) -> None:
    file = written(tmp_path, {"fire engine": ["red"], "Fire_Engine": ["loud", "long"], "unused": ["x"]})
    found = describe_concepts(("Fire_Engine", "fire_engine"), file, plain=False)
    assert found.texts == {"Fire_Engine": ("loud", "long"), "fire_engine": ("red",)}
    assert found.counts == (1, 2) and found.plain == 0 and len(found.source) == 64


def test_concepts_without_texts_are_named_or_get_a_plain_prompt(tmp_path: Path) -> None:
    file = written(tmp_path, {"a": ["one"], "empty": []})
    concepts = ("a", "empty", *(f"c{number}" for number in range(9)))
    with pytest.raises(
        SettingsError, match=r"describes 1 of 11 concepts, but not empty, c0, .*c3 and 5 more: add texts"
    ):
        describe_concepts(concepts, file, plain=False)
    found = describe_concepts(concepts, file, plain=True)
    assert found.texts["empty"] == ("a photo of a empty.",) and found.plain == 10
    assert tuple(found.texts) == concepts


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (["a"], "expected concept -> list of texts, found list"),
        ({"a": "one text"}, "a: expected a list of texts, found 'one text'"),
        ({"a": ["one", 2]}, "a: expected a list of texts"),
        ({"a": [" "]}, "a: expected a list of texts"),
    ],
)
def test_what_is_not_of_that_form_is_refused(tmp_path: Path, content: Any, said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        describe_concepts(("a",), written(tmp_path, content), plain=False)


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"none\.json: cannot be read"):
        describe_concepts(("a",), str(tmp_path / "none.json"), plain=False)
    (tmp_path / "x.json").write_text("{")
    with pytest.raises(SettingsError, match=r"x\.json: not JSON"):
        describe_concepts(("a",), str(tmp_path / "x.json"), plain=False)
