"""How many captions of a corpus hold no noun at all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from jobs.core.context import Context
from jobs.core.reading import driver_reads
from jobs.core.stage_specs import captions_spec
from jobs.core.stored_rows import map_stored
from jobs.lake.ledger import Unit
from jobs.settings.corpora import Corpus
from udfs.postings.keyless import KEYLESS, READ, keyless
from udfs.text.modes import INDEX_OF

TABLE = "caption_terms"


@dataclass(frozen=True)
class KeylessCaptions:
    """The captions that could be searched, and those of them without any noun, or without what else is the index."""

    index: str
    captions: int
    without: int


def keyless_captions(context: Context, corpus: Corpus, units: Sequence[Unit]) -> KeylessCaptions | None:
    """The captions of the units' shards; None if the settings search none, or if no shard's captions are read."""
    captions, lake = context.settings.captions, context.lake
    index = INDEX_OF[captions.match] if captions else "text"
    if index == "text":
        return None
    spec = captions_spec(context.settings, corpus, context.identities)
    done = context.ledger.done(corpus.name, "captions", spec.id)
    held, where = [unit for unit in units if unit.shard in done], {"corpus": corpus.name, "spec": spec.id}
    if not held:
        return None
    if driver_reads(lake, held):
        found = pa.Table.from_batches(keyless(lake.batches(TABLE, READ, **where)), KEYLESS)
    else:
        found = map_stored(lake, TABLE, where, None, READ, keyless, KEYLESS, sum(unit.work for unit in held)).toArrow()
    found = found.filter(pc.field("shard").isin(pa.array([unit.shard for unit in held], pa.string())))
    return KeylessCaptions(index, *(pc.sum(found[name]).as_py() or 0 for name in ("samples", "keyless")))
