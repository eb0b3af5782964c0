"""How near test images lie to a corpus: rows of `nearest_samples` that hold for its present embeddings.

The ledger has a row for each shard that was compared with a set, of stage STAGE, under the spec of both. Its
fingerprint has a digest of the shard's embeddings and, after a dash, one of the set's images. Rows hold if every shard
that has embeddings was compared as it is, and if no nearest sample lies elsewhere. Whether the set's files have changed
is known where they are listed (`jobs.stages.nearest`), as it is of evaluations.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from jobs.concepts.fingerprints import TagFingerprint
from jobs.core.context import Context
from jobs.core.stage_specs import images_spec, nearest_spec
from jobs.lake.ledger import LedgerRow
from jobs.lake.specs import Spec, digest
from jobs.settings.corpora import Corpus, EvaluationSet
from jobs.settings.settings import Settings
from udfs.statuses import OK

STAGE: Final = "nearest"
TABLE: Final = "nearest_samples"
COLUMNS: Final = ["set", "concept", "shard", "sample", "similarity", "nearest_shard", "nearest_sample"]


@dataclass(frozen=True)
class Similarities:
    """Rows of COLUMNS of a corpus, by set, shard and sample, and the sets whose rows are of earlier embeddings."""

    corpus: str
    rows: tuple[Mapping[str, Any], ...] = ()
    outdated: tuple[str, ...] = ()

    @property
    def digest(self) -> str | None:
        """Changes with the rows; None without any."""
        values = [[row[name] for name in ("set", "shard", "sample", "similarity")] for row in self.rows]
        return digest(values)[:24] if values else None

    @cached_property
    def means(self) -> dict[tuple[str, str], float]:
        """The mean over the images of each set and concept."""
        found: dict[tuple[str, str], list[float]] = {}
        for row in self.rows:
            if row["similarity"] is not None:
                found.setdefault((row["set"], row["concept"]), []).append(row["similarity"])
        return {key: sum(values) / len(values) for key, values in found.items()}


def labelled_sets(settings: Settings) -> list[EvaluationSet]:
    """The sets whose images have classes; none if the corpora have no embeddings to compare them with."""
    if settings.images is None or settings.images.embedder is None or settings.evaluate is None:
        return []
    return [one for one in settings.evaluate.sets if one.task == "classification"]


def stored_similarities(context: Context, corpus: Corpus) -> Similarities:
    """What the table has for the present embeddings of a corpus; nothing if nothing was compared."""
    sets = labelled_sets(context.settings)
    if not sets or not context.lake.exists(TABLE):
        return Similarities(corpus.name)
    inputs = embedding_inputs(embedded_shards(context, corpus))
    rows, outdated = list[Mapping[str, Any]](), []
    for one_set in sets:
        spec = nearest_spec(context.settings, corpus, one_set, context.identities)
        compared = context.ledger.done(corpus.name, STAGE, spec.id)
        if compared:
            found = stored_rows(context, corpus, one_set, spec)
            if _hold(found, compared, inputs):
                rows += found
            else:
                outdated.append(one_set.name)
    return Similarities(corpus.name, tuple(rows), tuple(outdated))


def embedded_shards(context: Context, corpus: Corpus) -> dict[str, LedgerRow]:
    """The ledger's rows of the shards that have embeddings under the settings' models, by shard."""
    return context.ledger.done(corpus.name, "images", images_spec(context.settings, corpus, context.identities).id)


def embedding_inputs(embedded: Mapping[str, LedgerRow]) -> dict[str, str]:
    """By shard a digest that changes with its embeddings, and not if only the labels of its tags have changed."""
    return {
        shard: digest([TagFingerprint.parse(row["fingerprint"]).input, row["statuses"]])[:24]
        for shard, row in embedded.items()
    }


def stored_rows(context: Context, corpus: Corpus, one_set: EvaluationSet, spec: Spec) -> list[dict[str, Any]]:
    """The rows of the set's usable images, by shard and sample, whatever they were compared with."""
    where = {"corpus": corpus.name, "set": one_set.name, "spec": spec.id, "status": OK}
    return sorted(context.lake.rows(TABLE, COLUMNS, **where), key=lambda row: (row["shard"], row["sample"]))


def _hold(rows: Sequence[Mapping[str, Any]], compared: Mapping[str, LedgerRow], inputs: Mapping[str, str]) -> bool:
    before = {shard: row["fingerprint"].partition("-")[0] for shard, row in compared.items()}
    same = all(before.get(shard) == value for shard, value in inputs.items())
    return same and {row["nearest_shard"] for row in rows} <= {*inputs, None}
