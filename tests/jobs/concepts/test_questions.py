"""Which concepts a tagger's labels answer."""

from __future__ import annotations

from pathlib import Path

import random_ram_plus
import tiny

from jobs.concepts.of_run import run_concepts
from jobs.concepts.questions import Questions, tag_labels
from jobs.settings.settings import Settings


def test_labels_of_ram_plus_answer_the_concepts_that_are_spelled_alike(tmp_path: Path) -> None:
    tagger = dict(random_ram_plus.tagger_settings(tmp_path, ("Dog", "new york", "sea", "Cat")))
    settings = Settings.model_validate(tiny.settings_dict(tmp_path, images={"tagger": tagger}))
    concepts = run_concepts(settings)
    asked = Questions(concepts, frozenset(concepts), (0.7,), "digest")
    assert tag_labels(settings, asked) == {"Cat": ("cat",), "Dog": ("dog",), "new york": ("new_york",)}


def test_letters_of_another_form_are_spelled_alike(tmp_path: Path) -> None:
    tagger = dict(random_ram_plus.tagger_settings(tmp_path, ("caf\u00e9", "ﬁsh")))
    (tmp_path / "concepts.txt").write_text("cafe\u0301\nfish\n", encoding="utf-8")
    settings = Settings.model_validate(tiny.settings_dict(tmp_path, images={"tagger": tagger}))
    concepts = run_concepts(settings)
    asked = Questions(concepts, frozenset(concepts), (0.7,), "digest")
    assert tag_labels(settings, asked) == {"caf\u00e9": ("cafe\u0301",), "ﬁsh": ("fish",)}


def test_a_concept_that_a_label_is_called_is_answered_by_that_label_alone(tmp_path: Path) -> None:
    (tmp_path / "concepts.txt").write_text("Cardigan\ncardigan\nCARDIGAN\nlabrador_retriever\n")
    settings = Settings.model_validate(tiny.settings_dict(tmp_path, images={"tagger": tiny.TAGGER}))
    concepts = run_concepts(settings)
    asked = Questions(concepts, frozenset(concepts), (0.5,), "digest")
    assert tag_labels(settings, asked) == {
        "Cardigan": ("Cardigan", "CARDIGAN"),
        "Labrador retriever": ("labrador_retriever",),
        "cardigan": ("cardigan", "CARDIGAN"),
    }
