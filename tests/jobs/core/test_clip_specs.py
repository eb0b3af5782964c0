"""What of a zero-shot tagger's settings becomes part of a spec, and what does not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import clips
import pytest
import siglips
import tiny

from jobs.core.identities import Identities
from jobs.core.stage_specs import evaluation_spec, images_spec
from jobs.errors import SettingsError
from jobs.lake.specs import canonical
from jobs.settings.settings import Settings
from jobs.stages.inputs import check_inputs
from udfs.images.models.clip_files import OVERRIDES


def settings(folder: Path, model: Path, **tagger: Any) -> Settings:
    """Settings with a clip tagger, and an evaluation of the same model."""
    named = {key: value for key, value in tagger.items() if key in ("tokenizer", *OVERRIDES)}
    evaluated = {
        "sets": [{"name": "set", "format": "webdataset", "path": str(folder / "corpus"), "concepts": "words"}],
        "models": [{"name": "m", "model": str(model), **named}],
    }
    images = {"tagger": {"kind": "clip", "model": str(model), **tagger}}
    return Settings.model_validate(tiny.settings_dict(folder, captions=None, images=images, evaluate=evaluated))


def specs(made: Settings) -> tuple[str, str]:
    """The specs of image features and of the evaluation."""
    assert made.evaluate is not None
    evaluation = evaluation_spec(made.evaluate.sets[0], made.evaluate.models[0], Identities())
    return images_spec(made, made.corpora[0], Identities()).id, evaluation.id


def test_the_default_activation_is_the_same_spec_as_the_one_it_stands_for(tmp_path: Path) -> None:
    clip = clips.save_clip(tmp_path / "clip")
    assert specs(settings(tmp_path, clip)) == specs(settings(tmp_path, clip, activation="softmax"))
    body = images_spec(settings(tmp_path, clip), settings(tmp_path, clip).corpora[0], Identities()).body
    assert "tokenizer" not in body["tagger"]
    siglip = clips.save_clip(tmp_path / "siglip", siglips.SIGLIP)
    named = {"tokenizer": str(siglips.save_tokenizer(tmp_path / "tokenizer"))}
    assert specs(settings(tmp_path, siglip, **named)) == specs(
        settings(tmp_path, siglip, **named, activation="sigmoid")
    )


def test_another_tokenizer_is_another_spec(tmp_path: Path) -> None:
    siglip = clips.save_clip(tmp_path / "siglip", siglips.SIGLIP)
    one = specs(settings(tmp_path, siglip, tokenizer=str(siglips.save_tokenizer(tmp_path / "one"))))
    same = specs(settings(tmp_path, siglip, tokenizer=str(siglips.save_tokenizer(tmp_path / "moved"))))
    other = specs(
        settings(tmp_path, siglip, tokenizer=str(siglips.save_tokenizer(tmp_path / "two", pad_token="<pad>")))
    )
    assert one == same and not set(one) & set(other)


@pytest.mark.parametrize(("stage", "where"), [("images", "images"), ("evaluate", r"evaluate\.models\.m")])
def test_a_tokenizer_that_lacks_is_said_before_anything_starts(tmp_path: Path, stage: str, where: str) -> None:
    tiny.corpus(tmp_path / "corpus")
    siglip = clips.save_clip(tmp_path / "siglip", siglips.SIGLIP)
    with pytest.raises(SettingsError, match=rf"^{where}: .*'some/SigLIP' comes from a hub.*as `tokenizer`"):
        check_inputs(settings(tmp_path, siglip), [stage])


def test_preprocessing_that_is_set_is_part_of_each_spec(tmp_path: Path) -> None:
    clip = clips.save_clip(tmp_path / "clip")
    usual = settings(tmp_path, clip)
    inception = {"mean": [0.5, 0.5, 0.5], "std": [0.5, 0.5, 0.5], "interpolation": "bilinear", "resize_mode": "squash"}
    changed = settings(tmp_path, clip, **inception)
    assert specs(usual)[0] != specs(changed)[0] and specs(usual)[1] != specs(changed)[1]
    body = images_spec(changed, changed.corpora[0], Identities()).body
    assert json.loads(canonical(body))["tagger"]["preprocessing"] == inception
