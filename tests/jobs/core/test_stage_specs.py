"""What of a tagger's settings becomes part of a spec, and what is asked of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import random_ram_plus
import tiny

from jobs.concepts.tagger_labels import tagger_labels
from jobs.core.identities import Identities
from jobs.core.sections import image_policy, images_section
from jobs.core.stage_specs import images_spec
from jobs.settings.settings import Settings
from udfs.images.decode.policies import DEFAULT, PAPER

NAMES = ("dog", "fire_engine", "New York")


def with_images(folder: Path, **images: Any) -> Settings:
    return Settings.model_validate(tiny.settings_dict(folder, images=images))


def test_images_are_read_as_is_usual_for_the_tagger_where_nothing_is_said(tmp_path: Path) -> None:
    tagger = dict(random_ram_plus.tagger_settings(tmp_path, NAMES))
    for given, usual in ((tagger, PAPER), (tiny.TAGGER, DEFAULT)):
        assert image_policy(images_section(with_images(tmp_path, tagger=given))) == usual
    assert image_policy(images_section(with_images(tmp_path, embedder={"model": "m"}))) == DEFAULT


def test_what_is_said_overrides_field_by_field(tmp_path: Path) -> None:
    tagger = dict(random_ram_plus.tagger_settings(tmp_path, NAMES))
    policy = image_policy(images_section(with_images(tmp_path, tagger=tagger, policy={"truncated": "reject"})))
    assert policy.truncated == "reject" and (policy.alpha, policy.exif_rotation) == ("drop", False)
    policy = image_policy(images_section(with_images(tmp_path, tagger=tiny.TAGGER, policy={"exif_rotation": False})))
    assert not policy.exif_rotation and policy.alpha == "white"


def test_the_specs_of_other_taggers_hold_the_policy_in_full(tmp_path: Path) -> None:
    settings = with_images(tmp_path, tagger=tiny.TAGGER)
    body = images_spec(settings, settings.corpora[0], Identities()).body
    assert body["policy"] == {
        "exif_rotation": True,
        "alpha": "white",
        "sixteen_bit": "scale",
        "truncated": "reject",
        "resize": "torchvision",
        "max_pixels": 89_478_485,
        "max_bytes": 67_108_864,
        "max_aspect": 1000.0,
    }
    spelled_out = with_images(tmp_path, tagger=tiny.TAGGER, policy=body["policy"])
    assert (
        images_spec(spelled_out, settings.corpora[0], Identities()).id
        == images_spec(settings, settings.corpora[0], Identities()).id
    )


def test_a_tagger_with_its_own_labels_is_asked_for_none(tmp_path: Path) -> None:
    tagger = dict(random_ram_plus.tagger_settings(tmp_path, NAMES))
    for own in (tagger, tiny.TAGGER):
        settings = with_images(tmp_path, tagger=own)
        assert tagger_labels(images_section(settings), settings) == ()
    settings = with_images(tmp_path, tagger={"kind": "clip", "model": "m"})
    assert tagger_labels(images_section(settings), settings) == tiny.CONCEPTS


def test_the_spec_changes_with_the_labels_of_ram_plus(tmp_path: Path) -> None:
    settings = with_images(tmp_path, tagger=dict(random_ram_plus.tagger_settings(tmp_path, NAMES)))
    before = images_spec(settings, settings.corpora[0], Identities()).id
    assert images_spec(settings, settings.corpora[0], Identities()).id == before
    random_ram_plus.write_labels(tmp_path / "labels.safetensors", (*NAMES, "cat"))
    assert images_spec(settings, settings.corpora[0], Identities()).id != before
