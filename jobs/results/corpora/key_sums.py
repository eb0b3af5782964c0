"""The commonest keys of a corpus's postings, with their samples: nouns, tags, or the values of an attribute."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from jobs.core.frames import of_shards
from jobs.core.reading import driver_reads
from jobs.core.sums import summed_as_read
from jobs.lake.lake import Lake
from jobs.lake.ledger import Unit
from jobs.lake.slices import spark_condition

TABLE = "postings"
SUMS = pa.schema([("key", pa.string()), ("samples", pa.int64())])


@dataclass(frozen=True)
class KeySums:
    """The commonest keys and the samples of each, the number of distinct keys, and all samples that were indexed."""

    top: tuple[tuple[str, int], ...]
    keys: int
    samples: int


def key_sums(lake: Lake, corpus: str, spec: str, units: Sequence[Unit], most: int) -> KeySums:
    """At most `most` of the keys that the units' shards have under a spec; equally common ones by name."""
    if driver_reads(lake, units):
        sums = _summed_here(lake, corpus, spec, units)
        keys = sums.filter(pc.field("key").is_valid()).sort_by([("samples", "descending"), ("key", "ascending")])
        indexed = pc.sum(sums.filter(pc.field("key").is_null())["samples"]).as_py()
        return _key_sums(keys.slice(0, most), keys.num_rows, indexed)
    from pyspark.sql import functions as F

    rows = of_shards(
        lake.read(TABLE).where(spark_condition({"corpus": corpus, "spec": spec})), [unit.shard for unit in units]
    )
    summed = rows.groupBy("key").agg(F.sum("samples").alias("samples"))
    known = summed.where(F.col("key").isNotNull()).orderBy(F.desc("samples"), "key").limit(most)
    whole = summed.agg(F.count("key"), F.sum(F.when(F.col("key").isNull(), F.col("samples")))).toArrow()
    return _key_sums(known.toArrow(), *(column[0].as_py() for column in whole.columns))


def _key_sums(top: pa.Table, keys: int, samples: int | None) -> KeySums:
    pairs = zip(top["key"].to_pylist(), top["samples"].to_pylist(), strict=True)
    return KeySums(tuple(pairs), keys, samples or 0)


def _summed_here(lake: Lake, corpus: str, spec: str, units: Sequence[Unit]) -> pa.Table:
    batches = lake.batches(TABLE, SUMS.names, corpus=corpus, spec=spec, shard=[unit.shard for unit in units])
    return summed_as_read((batch.cast(SUMS) for batch in batches), SUMS, ["key"])
