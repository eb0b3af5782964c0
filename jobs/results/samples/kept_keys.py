"""The keys of samples that are kept, for a loader: one row per sample, by shard and ordinal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from jobs.core.context import Context
from jobs.core.reading import of_some_shards
from jobs.core.stage_specs import samples_spec
from jobs.core.stretches import Stored
from jobs.errors import ConceptfreqError
from jobs.results.samples.drawn_samples import ORDINALS, SHARDS
from jobs.results.samples.kept_samples import Kept
from udfs.counting.arrays import Integers, find
from udfs.stretch_task import Source

KEYS: Final = pa.schema(
    [
        ("corpus", pa.string()),
        ("shard", pa.string()),
        ("ordinal", pa.int64()),
        ("sample", pa.string()),
    ]
)
READ: Final = ("shard", "sample", "ordinal")


def keys_of(context: Context, kept: Kept) -> Iterator[pa.RecordBatch]:
    """Rows of KEYS, SHARDS shards at a time. Raises ConceptfreqError if the lake has lost the row of a kept sample."""
    corpus, names = kept.corpus, list(kept.ordinals)
    partitions = {"corpus": corpus.name, "spec": samples_spec(corpus).id}
    for start in range(0, len(names), SHARDS):
        shards = names[start : start + SHARDS]
        wanted = np.concatenate(
            [at * ORDINALS + kept.ordinals[shard].astype(np.int64) for at, shard in enumerate(shards)]
        )
        batches = of_some_shards(context.lake, Stored("samples", partitions, Source(READ)), shards)
        rows = [row for batch in batches if (row := _kept_of(batch, corpus.name, shards, wanted)).num_rows]
        found = sum(row.num_rows for row in rows)
        if found != len(wanted):
            raise ConceptfreqError(
                f"corpus {corpus.name}: the table samples has rows of {found:,} of {len(wanted):,} kept samples of the "
                f"shards {shards[0]} to {shards[-1]}: run `conceptfreq run`, so that all tables are of one state"
            )
        yield pa.concat_batches(rows).sort_by([("shard", "ascending"), ("ordinal", "ascending")])


def _kept_of(batch: pa.RecordBatch, corpus: str, shards: list[str], wanted: Integers) -> pa.RecordBatch:
    """The rows of a batch whose codes, shard * ORDINALS + ordinal, are among the `wanted`, which ascend."""
    numbers = pc.index_in(batch["shard"].cast(pa.string()), pa.array(shards, pa.string()))
    codes = numbers.fill_null(-1).to_numpy().astype(np.int64) * ORDINALS + batch["ordinal"].to_numpy()
    rows = pa.array(find(wanted, codes)[0])
    columns = [pa.repeat(corpus, len(rows)), *(batch[name].take(rows) for name in KEYS.names[1:])]
    cast = [column.cast(field.type) for column, field in zip(columns, KEYS, strict=True)]
    return pa.RecordBatch.from_arrays(cast, schema=KEYS)
