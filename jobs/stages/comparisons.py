"""What is left to compare of a set with a corpus: all shards with embeddings, or those that are new since.

Stored rows hold for the shards that are not new, if each nearest sample lies in one of those.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from jobs.concepts.lists import list_names
from jobs.core.context import Context
from jobs.core.stage_specs import nearest_spec
from jobs.errors import ConceptfreqError
from jobs.lake.ledger import Unit
from jobs.lake.specs import Spec, digest
from jobs.results.fits.similarities import STAGE, embedded_shards, embedding_inputs, stored_rows
from jobs.settings.corpora import Corpus, EvaluationSet
from jobs.stages.nearest_search import Nearest


@dataclass(frozen=True)
class SetComparison:
    """A set and a corpus: the shards that have embeddings, those still to be compared, and what the others have given.

    A unit's work is its number of samples. known: the nearest by shard and sample of the image; None: compare all.
    """

    corpus: Corpus
    set: EvaluationSet
    spec: Spec
    units: tuple[Unit, ...]
    pending: tuple[Unit, ...]
    known: Mapping[tuple[str, str], Nearest] | None

    @property
    def is_due(self) -> bool:
        """Whether something is to be compared."""
        return bool(self.pending) or self.known is None

    @property
    def compared(self) -> tuple[Unit, ...]:
        """The shards to compare now."""
        return self.units if self.known is None else self.pending


def planned_comparison(context: Context, corpus: Corpus, one_set: EvaluationSet) -> SetComparison:
    """What is to be compared by the ledger and the stored rows. Raises ConceptfreqError if no shard has embeddings."""
    embedded = embedded_shards(context, corpus)
    if not embedded:
        raise ConceptfreqError(
            f"corpus {corpus.name}: no shard has embeddings of this embedder: run `conceptfreq images` first"
        )
    spec = nearest_spec(context.settings, corpus, one_set, context.identities)
    names = list_names(context.settings.concept_list(one_set.concepts))
    shards = [(shard.name, shard.fingerprint) for shard in context.listings.of(one_set).shards]
    of_set, inputs = digest([shards, names])[:12], embedding_inputs(embedded)
    units = tuple(
        Unit(shard, f"{inputs[shard]}-{of_set}", row["samples"], samples=row["samples"])
        for shard, row in sorted(embedded.items())
    )
    pending = tuple(context.ledger.pending(units, corpus.name, STAGE, spec.id))
    left = {unit.shard for unit in units} - {unit.shard for unit in pending}
    rows = stored_rows(context, corpus, one_set, spec) if left else []
    stay = bool(left) and {row["nearest_shard"] for row in rows} <= {*left, None}
    known = {(row["shard"], row["sample"]): _known(row) for row in rows if row["nearest_shard"] is not None}
    return SetComparison(corpus, one_set, spec, units, pending, known if stay else None)


def _known(row: Mapping[str, Any]) -> Nearest:
    return Nearest(row["similarity"], row["nearest_shard"], row["nearest_sample"])
