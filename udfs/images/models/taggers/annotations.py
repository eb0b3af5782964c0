"""Annotations as tagger: the labels that a corpus carries with its images (`udfs.shards.annotations`), and no model.

Settings: field, and optionally vocabulary, a file with one name per line. The stage of images reads annotations with
the shards; there is nothing that could score another image.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any, Final, NoReturn

from udfs.images.models.taggers.class_names import read_classes
from udfs.setup_errors import ModelError
from udfs.shards.annotations import AnnotationField

KEYS: Final = frozenset({"field", "vocabulary"})
FLOOR: Final = 0.0


def field_of(config: Mapping[str, Any]) -> AnnotationField:
    """The field that is read. Raises ModelError or WeightsError if the file of the vocabulary cannot be."""
    vocabulary = config.get("vocabulary")
    return AnnotationField(config["field"], read_classes(vocabulary) if vocabulary else ())


def identity(config: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that are read, and the vocabulary if there is one."""
    field = field_of(config)
    found: dict[str, Any] = {"field": field.name, "scores": field.scores}
    if field.vocabulary:
        found["vocabulary"] = hashlib.sha256("\n".join(field.vocabulary).encode()).hexdigest()
    return found


def build(config: Mapping[str, Any], labels: Sequence[str], device: Any) -> NoReturn:
    """Raise ModelError: annotations are no model."""
    raise ModelError("a tagger of kind annotations reads what shards carry, and can tag no other image")
