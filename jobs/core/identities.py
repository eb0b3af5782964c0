"""The identities of models, as specs name them: stages read them from the models, other commands from the lake.

A stage reads a model anew, so a model that was exchanged under its old name gives another spec. Every run records the
identities that it read. Results can then be shown on a machine without models, and at once (the weights of RAM++ alone
are 3 GB to hash).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

from jobs.lake.specs import canonical
from udfs.shards.schemes import shown

if TYPE_CHECKING:
    from jobs.lake.lake import Lake

Kind = Literal["pipeline", "tagger", "embedder", "evaluated", "language", "domain"]
Config = Mapping[str, Any]


class Identities:
    """Identities of models by kind and settings; `read` has those that this process read, as the lake records them."""

    def __init__(self, recorded: Mapping[str, Any] | None = None) -> None:
        self._recorded = recorded or {}
        self.read: dict[str, Any] = {}

    def of(self, kind: Kind, config: Config) -> dict[str, Any]:
        """Everything about a model that can change a result, as recorded or as read from the model.

        Raises OSError, ValueError or ImportError if a model cannot be read.
        """
        key = shown(canonical([kind, config]))
        if key in self._recorded:
            return dict(self._recorded[key])
        if key not in self.read:
            self.read[key] = _read(kind, config)
        return dict(self.read[key])

    def as_json(self) -> str:
        """The identities that were read, for the table of runs."""
        return canonical(self.read)


def recorded_identities(lake: Lake) -> Identities:
    """The identities that the runs of a lake recorded, the newest of each; others are read."""
    rows = lake.rows("runs", ["started", "identities"])
    found: dict[str, Any] = {}
    for row in sorted(rows, key=lambda row: row["started"]):
        found.update(json.loads(row["identities"] or "{}"))
    return Identities(found)


def _read(kind: Kind, config: Config) -> dict[str, Any]:
    # Only these modules import spaCy or read weights.
    if kind == "pipeline":
        from udfs.text.pipelines import pipeline_identity

        return dict(pipeline_identity(config["name"]))
    if kind == "language":
        from udfs.attributes.languages import language_identity

        return dict(language_identity())
    if kind == "domain":
        from udfs.attributes.domains import domain_identity

        return dict(domain_identity())
    if kind == "evaluated":
        from udfs.images.models import text_tokens
        from udfs.images.models.clip_files import clip_identity

        return {**clip_identity(config), **text_tokens.identity(config)}
    from udfs.images.models.taggers.registry import embedder_identity, tagger_identity

    return dict(tagger_identity(config) if kind == "tagger" else embedder_identity(config))
