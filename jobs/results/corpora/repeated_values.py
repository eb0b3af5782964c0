"""How many captions, URLs or images of a corpus repeat others, letter by letter or byte by byte.

Distinct values are told by hashes of 64 bits: among 10^9 values two different ones have the same hash with a
probability of 3 %, and the share moves by 10^-9 then.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from jobs.core.context import Context
from jobs.core.frames import of_shards
from jobs.core.reading import driver_reads
from jobs.core.stage_specs import images_spec, samples_spec
from jobs.lake.lake import Lake
from jobs.lake.ledger import Unit
from jobs.lake.slices import Slice, spark_condition
from jobs.results.corpora.value_counts import NotKnown, covered
from jobs.settings.corpora import Corpus
from udfs.counting.arrays import Integers, coded, distinct
from udfs.statuses import OK

# So many hashes are kept until their repeats are dropped. The driver reads 20 million samples at most: 160 MB.
HASHES = 1 << 22


@dataclass(frozen=True)
class RepeatedValues:
    """The usable samples that have a value in this column, and how many distinct values there are.

    column: caption or url, or sha256 for the bytes of images.
    """

    column: str
    values: int
    distinct: int

    @property
    def repeats(self) -> int:
        """The samples whose value an earlier one has."""
        return self.values - self.distinct


def repeats(context: Context, corpus: Corpus, units: Sequence[Unit]) -> Iterator[RepeatedValues | NotKnown]:
    """The repeats among the captions, the URLs and, if their hashes are stored, the images of the units' shards."""
    where = {"corpus": corpus.name, "spec": samples_spec(corpus).id, "status": OK}
    for column in ("caption", "url"):
        yield repeated_values(context.lake, "samples", where, units, column)
    if context.settings.images is not None:
        yield from _repeated_images(context, corpus, units)


def _repeated_images(context: Context, corpus: Corpus, units: Sequence[Unit]) -> Iterator[RepeatedValues | NotKnown]:
    images = context.settings.images
    if images is None or "bytes" not in images.hashes:
        yield NotKnown("images that repeat others: set `images.hashes: [bytes]`, and run `conceptfreq run`")
        return
    spec = images_spec(context.settings, corpus, context.identities)
    held, lacking = covered(context, corpus, "hashes of images", "images", spec, units)
    yield from lacking
    if held:
        # An image that cannot be decoded has a hash too, and is of no use.
        where = {"corpus": corpus.name, "spec": spec.id, "status": OK}
        yield repeated_values(context.lake, "image_features", where, held, "sha256")


def repeated_values(lake: Lake, table: str, where: Slice, units: Sequence[Unit], column: str) -> RepeatedValues:
    """The repeats of a column among the rows of a table that are of the units' shards."""
    if driver_reads(lake, units):
        return _counted_here(lake, table, where, units, column)
    from pyspark.sql import functions as F

    rows = of_shards(lake.read(table).where(spark_condition(where)), [unit.shard for unit in units])
    known = rows.where(F.col(column).isNotNull())
    found = known.agg(F.count(column), F.count_distinct(F.xxhash64(column))).toArrow()
    return RepeatedValues(column, *(one[0].as_py() for one in found.columns))


def _counted_here(lake: Lake, table: str, where: Slice, units: Sequence[Unit], column: str) -> RepeatedValues:
    shards = [unit.shard for unit in units]
    hashes: list[Integers] = [np.zeros(0, np.int64)]
    values = kept = 0
    for batch in lake.batches(table, (column,), **where, shard=shards):
        given = batch[column].drop_null()
        values += len(given)
        hashes.append(_hashes(given))
        kept += len(hashes[-1])
        if kept > HASHES:
            hashes, kept = [distinct(np.concatenate(hashes))], 0
    return RepeatedValues(column, values, len(distinct(np.concatenate(hashes))))


def _hashes(values: pa.Array) -> Integers:
    """The hashes of the distinct values: SipHash, which Python keys anew in each process."""
    known = coded(values).dictionary
    return np.fromiter(map(hash, known.to_pylist()), np.int64, len(known))
