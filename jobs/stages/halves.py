"""The two halves of the samples, text and image, as they are stored: what is indexed and counted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from jobs.concepts.tagger_labels import image_units
from jobs.core.context import Context
from jobs.core.stage_specs import captions_spec, images_spec
from jobs.core.units import result_digest, sample_units
from jobs.lake.ledger import Unit, changed_units
from jobs.lake.slices import Slice
from jobs.lake.specs import Spec, digest
from jobs.settings.corpora import Corpus
from udfs.statuses import USABLE


@dataclass(frozen=True)
class Half:
    """The stored rows of one half of a corpus's samples: the table, its spec, and the ledger's rows by shard."""

    table: str
    corpus: str
    spec: Spec
    done: Mapping[str, Mapping[str, Any]]

    @property
    def partitions(self) -> Slice:
        """The partitions of the table that hold the rows."""
        return {"corpus": self.corpus, "spec": self.spec.id}

    def usable(self, shard: str) -> int:
        """The number of a shard's samples that the search of this half can use."""
        return sum(count for status, count in self.done[shard]["statuses"].items() if status in USABLE)


def stored_halves(context: Context, corpus: Corpus) -> dict[str, Half]:
    """The halves of the samples that the settings search, by search."""
    settings, halves = context.settings, {}
    if settings.captions:
        spec = captions_spec(settings, corpus, context.identities)
        done = current(context, corpus, "captions", spec, sample_units(context, corpus))
        halves["text"] = Half("caption_terms", corpus.name, spec, done)
    if settings.images and settings.images.tagger:
        spec = images_spec(settings, corpus, context.identities)
        done = current(context, corpus, "images", spec, image_units(context, corpus))
        halves["image"] = Half("image_features", corpus.name, spec, done)
    return halves


def current(
    context: Context, corpus: Corpus, stage: str, spec: Spec, units: Sequence[Unit]
) -> dict[str, dict[str, Any]]:
    """The ledger's rows of a stage that were made from the present input: nothing stale is counted."""
    done = context.ledger.done(corpus.name, stage, spec.id)
    changed = {unit.shard for unit in changed_units(units, {shard: row["fingerprint"] for shard, row in done.items()})}
    return {unit.shard: done[unit.shard] for unit in units if unit.shard not in changed}


def indexed_units(context: Context, corpus: Corpus, halves: Mapping[str, Half]) -> tuple[Unit, ...]:
    """The units of the stage `index`: the shards of which every half that postings answer is there."""
    return units_of(context, corpus, [halves[search].done for search in context.settings.indexed])


def units_of(
    context: Context, corpus: Corpus, inputs: Sequence[Mapping[str, Mapping[str, Any]]], *more: Any
) -> tuple[Unit, ...]:
    """The shards that all `inputs`, ledger rows by shard, have; the fingerprint changes with their results and `more`.

    A unit's work is the number of its samples.
    """
    units = []
    for unit in sample_units(context, corpus):
        if all(unit.shard in done for done in inputs):
            results = [result_digest(done[unit.shard]) for done in inputs]
            fingerprint = digest([unit.fingerprint, results, *more])[:24]
            units.append(Unit(unit.shard, fingerprint, unit.work, unit.bytes, unit.samples))
    return tuple(units)
