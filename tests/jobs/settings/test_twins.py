"""Settings that have a twin where they are used: the same names, values and defaults on both sides.

The settings know neither arrays nor torch, and a section leaves open what its twin decides: so there are two of each.
"""

from __future__ import annotations

from dataclasses import MISSING, fields
from importlib import import_module
from typing import Any, get_args, get_type_hints

import pytest

from jobs.analysis.protocol import Protocol
from jobs.settings.image_search import AnnotationTagger, Classifier, ClipTagger, Embedder, Policy, RamPlus, Scores
from jobs.settings.protocols import Binning, FitProtocol
from udfs.images.decode.policies import ImagePolicy
from udfs.images.models.taggers import registry

SECTIONS = {"annotations": AnnotationTagger, "classifier": Classifier, "clip": ClipTagger, "ram_plus": RamPlus}


def defaults(kind: type[Any]) -> dict[str, Any]:
    """The names of a dataclass with their defaults."""
    return {one.name: one.default for one in fields(kind)}


def test_a_protocols_bins_are_those_of_its_settings() -> None:
    wanted = {name: value for name, value in defaults(Protocol).items() if name not in ("name", "first")}
    settings = {name: one.default for name, one in Binning.model_fields.items() if name != "corpora"}
    assert settings == wanted
    assert FitProtocol.model_fields["first"].default == defaults(Protocol)["first"]
    hints = get_type_hints(Protocol)
    for name in settings:
        assert Binning.model_fields[name].annotation == hints[name], name
    assert FitProtocol.model_fields["first"].annotation == hints["first"]


def test_what_the_settings_refuse_of_bins_a_protocol_refuses_too() -> None:
    for name, value in {"edges": 2, "drop_low": -1, "drop_high": -1, "zero_becomes": 0.0}.items():
        with pytest.raises(ValueError):
            Binning.model_validate({name: value})
        with pytest.raises(ValueError):
            Protocol("p", **{name: value})  # type: ignore[arg-type]


def test_an_image_policy_has_the_values_of_its_settings() -> None:
    assert MISSING not in defaults(ImagePolicy).values()
    assert list(Policy.model_fields) == list(defaults(ImagePolicy))
    for name, hint in get_type_hints(ImagePolicy).items():
        # Each setting may be left out.
        assert set(get_args(Policy.model_fields[name].annotation)) == {hint, type(None)}, name


def test_every_value_of_the_settings_is_one_of_an_image_policy() -> None:
    for name in ("alpha", "sixteen_bit", "truncated", "resize"):
        for value in get_args(get_type_hints(ImagePolicy)[name]):
            policy = ImagePolicy(**{name: value})
            assert Policy.model_validate({name: value}).model_dump(exclude_none=True) == {name: getattr(policy, name)}


@pytest.mark.parametrize("kind", registry.FAMILIES)
def test_a_tagger_takes_the_keys_of_its_section(kind: str) -> None:
    family = import_module(registry.FAMILIES[kind])
    assert SECTIONS[kind].model_fields.keys() == family.KEYS | registry.OF_THE_RUN


def test_the_run_keeps_the_keys_that_all_taggers_have() -> None:
    assert {"kind", *Scores.model_fields} == registry.OF_THE_RUN


def test_an_embedder_takes_the_keys_of_its_section() -> None:
    assert Embedder.model_fields.keys() == registry.EMBEDDER_KEYS
