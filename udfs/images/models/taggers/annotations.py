"""Annotations as tagger: the labels that a corpus carries with its images (`udfs.shards.annotations`), and no model.

Settings: field. The stage of images reads them with the shards; there is nothing that could score another image.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, NoReturn

from udfs.setup_errors import ModelError
from udfs.shards.annotations import FIELDS

KEYS: Final = frozenset({"field"})
FLOOR: Final = 0.0


def identity(config: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that are read."""
    return {"field": config["field"], "scores": FIELDS[config["field"]]}


def build(config: Mapping[str, Any], labels: Sequence[str], device: Any) -> NoReturn:
    """Raise ModelError: annotations are no model."""
    raise ModelError("a tagger of kind annotations reads what shards carry, and can tag no other image")
