"""Samples drawn among those that hold a concept, with what is stored of them.

A draw depends on the seed and on each sample's corpus, shard and ordinal alone: however the lake is stored, and
whatever else it holds, the same seed gives the same samples.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from jobs.core.context import Context
from jobs.core.reading import of_some_shards
from jobs.core.stage_specs import samples_spec
from jobs.core.stretches import Stored
from jobs.results.samples.holders import Holders
from jobs.settings.corpora import Corpus
from udfs.counting.arrays import Integers, find
from udfs.counting.lots import lots_of
from udfs.schemas import LOCATION
from udfs.stretch_task import Source

DRAWN: Final = pa.schema(
    [
        ("corpus", pa.string()),
        ("shard", pa.string()),
        ("sample", pa.string()),
        ("ordinal", pa.int64()),
        ("score", pa.float32()),
        ("caption", pa.string()),
        ("url", pa.string()),
        *LOCATION,
    ]
)
READ: Final = ("shard", "sample", "ordinal", "caption", "url", "image")
# So many shards are read together: their names are compared with those in the files.
SHARDS: Final = 1_000
# Ordinals are below this, so that shard and ordinal make one number.
ORDINALS: Final = 1 << 32

# A sample: its corpus, its shard, and its place among the samples of the shard.
SampleKey = tuple[str, str, int]


def image_place(row: Mapping[str, Any]) -> dict[str, Any] | None:
    """Where the image of a row of DRAWN lies, by the names of LOCATION; None if the sample has none."""
    return {field.name: row[field.name] for field in LOCATION} if row["layout"] else None


def draw(found: Sequence[Holders], limit: int | None, seed: int) -> list[Holders]:
    """At most `limit` of all samples (None: all), each with the same chance, by corpus, shard and ordinal."""
    if limit is None or sum(len(one.shard) for one in found) <= limit:
        return list(found)
    lots = [lots_of(seed, one.corpus, one.shards, one.shard, one.ordinal) for one in found]
    last = np.partition(np.concatenate(lots), limit - 1)[limit - 1]
    return [one.taken(np.flatnonzero(lot <= last)) for one, lot in zip(found, lots, strict=True)]


def rows_of(context: Context, corpus: Corpus, drawn: Holders) -> Iterator[pa.RecordBatch]:
    """The stored rows of drawn samples of a corpus, as DRAWN, by shard and ordinal; SHARDS shards at a time."""
    partitions = {"corpus": corpus.name, "spec": samples_spec(corpus).id}
    wanted = np.unique(drawn.shard)
    for start in range(0, len(wanted), SHARDS):
        part = wanted[start : start + SHARDS]
        here = drawn.taken(np.flatnonzero((drawn.shard >= part[0]) & (drawn.shard <= part[-1])))
        shards = [drawn.shards[number] for number in part]
        batches = of_some_shards(context.lake, Stored("samples", partitions, Source(READ)), shards)
        rows = [row for batch in batches if (row := _drawn_of(batch, here)).num_rows]
        if rows:
            yield pa.concat_batches(rows).sort_by([("shard", "ascending"), ("ordinal", "ascending")])


def _drawn_of(batch: pa.RecordBatch, drawn: Holders) -> pa.RecordBatch:
    """The rows of a batch that were drawn."""
    numbers = pc.index_in(batch["shard"].cast(pa.string()), pa.array(drawn.shards, pa.string()))
    shard = numbers.fill_null(-1).to_numpy().astype(np.int64)
    rows, places = find(_codes(drawn.shard, drawn.ordinal), _codes(shard, batch["ordinal"].to_numpy()))
    taken = batch.take(pa.array(rows))
    count = len(rows)
    columns = {name: taken[name].cast(DRAWN.field(name).type) for name in READ if name != "image"}
    columns |= {field.name: pc.struct_field(taken["image"], field.name).cast(field.type) for field in LOCATION}
    columns["corpus"] = pa.repeat(drawn.corpus, count)
    scores = pa.nulls(count, pa.float32()) if drawn.scores is None else pa.array(drawn.scores[places], pa.float32())
    columns["score"] = scores
    return pa.RecordBatch.from_arrays([columns[name] for name in DRAWN.names], schema=DRAWN)


def _codes(shard: Integers, ordinal: Integers) -> Integers:
    return shard.astype(np.int64) * ORDINALS + ordinal
