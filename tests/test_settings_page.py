"""docs/settings.md is what the models say, and leaves no key without a meaning."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

from jobs.settings.image_search import Classifier
from jobs.settings.settings import Settings
from tools.settings_page import page, sections
from udfs.shards.delimited import Delimited

PAGE = Path(__file__).resolve().parents[1] / "docs" / "settings.md"


def test_the_page_is_not_stale() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run `make settings-doc`"


def test_every_key_has_a_meaning() -> None:
    undescribed = [f"{section.title}: {key.name}" for section in sections() for key in section.keys if not key.meaning]
    assert not undescribed, "give the field a description"


def test_every_key_of_models_and_readers_is_there() -> None:
    keys = {section.title: [key.name for key in section.keys] for section in sections()}
    assert set(keys["Top level"]) == set(Settings.model_fields)
    assert set(keys["`images.tagger` of kind `classifier`"]) == set(Classifier.model_fields)
    assert keys["`options` of format `delimited`"] == [field.name for field in fields(Delimited)]


def test_bounds_defaults_and_choices_are_shown() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert "| `max_bad_fraction` | number, at least 0, at most 1 | `0.5` |" in text
    assert "| `mode` | `paper`, `upstream` | `paper` |" in text
    assert "| `sets` | list of [section](#evaluatesets) | required |" in text
