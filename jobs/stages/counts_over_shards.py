"""Shard counts summed over shards: by the driver if it opens the lake's files and they are not many, else by Spark."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import functions as F

from jobs.core.context import Context
from jobs.core.reading import SAMPLES_HERE, of_some_shards
from jobs.core.stretches import Stored
from jobs.core.sums import summed
from jobs.core.written import Written
from jobs.lake.ledger import Unit
from jobs.lake.slices import Slice
from udfs.counting.arrays import coded, row_of_each
from udfs.counting.per_shard import COUNTS
from udfs.stretch_task import Source

# The columns by which shard counts are summed, and the totals beside the concepts. A search has one spec.
BY = ("search", "threshold")
MEASURES = ("samples", "found", "misaligned")
TOTALS_ROWS = pa.schema([COUNTS.field(name) for name in (*BY, *MEASURES)])
CONCEPT_ROWS = pa.schema([*map(COUNTS.field, BY), ("concept", pa.string()), ("samples", pa.int64())])


def over_shards(context: Context, where: Slice, counted: Sequence[Unit]) -> pa.Table:
    """Samples over the counted shards, by search, threshold, measure and concept; no zeros."""
    written = Written.of(context.lake, "shard_counts", where, counted)
    here = written.few and written.samples <= SAMPLES_HERE
    totals, concepts = _summed_here(written) if here else _summed_by_spark(written)
    parts = [concepts.append_column("measure", pa.repeat("concept", concepts.num_rows))]
    for measure in MEASURES:
        part = totals.select([*BY, measure]).rename_columns([*BY, "samples"])
        part = part.append_column("measure", pa.repeat(measure, part.num_rows))
        parts.append(part.append_column("concept", pa.nulls(part.num_rows, pa.string())))
    sums = pa.concat_tables([part.select(["measure", "concept", *BY, "samples"]) for part in parts])
    return sums.filter(pc.field("samples") > 0)


def _summed_here(written: Written) -> tuple[pa.Table, pa.Table]:
    """The sums of totals and of concepts' counts, by the driver, which holds one batch of the rows at a time."""
    stored = Stored("shard_counts", written.partitions, Source(("shard", *BY, *MEASURES, "concepts", "counts")))
    totals, concepts = [TOTALS_ROWS.empty_table()], [CONCEPT_ROWS.empty_table()]
    for batch in of_some_shards(written.lake, stored, written.shards):
        totals.append(pa.table(batch.select(TOTALS_ROWS.names)).cast(TOTALS_ROWS))
        concepts.append(_of_concepts(batch))
    return summed(pa.concat_tables(totals), BY), summed(pa.concat_tables(concepts), (*BY, "concept"))


def _of_concepts(batch: pa.RecordBatch) -> pa.Table:
    """The sums of a batch's counts; codes of concepts are summed in a tenth of the time of their names."""
    names = coded(batch["concepts"].flatten())
    rows = list(zip(*(batch[name].to_pylist() for name in BY), strict=True))
    conditions = list(dict.fromkeys(rows))
    of_rows = np.fromiter(map({one: place for place, one in enumerate(conditions)}.get, rows), np.int64, len(rows))
    codes = of_rows[row_of_each(batch["concepts"])] * len(names.dictionary) + names.indices.to_numpy()
    # The sums are floating-point numbers, and exact up to 2^53.
    sums = np.bincount(codes, batch["counts"].flatten().to_numpy())
    there = np.flatnonzero(sums)
    condition, concept = np.divmod(there, max(1, len(names.dictionary)))
    columns = {"concept": names.dictionary.take(pa.array(concept)), "samples": pa.array(sums[there].astype(np.int64))}
    for name, values in zip(BY, zip(*conditions, strict=True), strict=True):
        columns[name] = pa.array(values, COUNTS.field(name).type).take(pa.array(condition))
    return pa.table({field.name: columns[field.name] for field in CONCEPT_ROWS}, CONCEPT_ROWS)


def _summed_by_spark(written: Written) -> tuple[pa.Table, pa.Table]:
    rows = written.frame()
    totals = rows.groupBy(*BY).agg(*(F.sum(measure).alias(measure) for measure in MEASURES))
    each = rows.selectExpr(*BY, "inline(arrays_zip(concepts, counts)) AS (concept, samples)")
    concepts = each.groupBy(*BY, "concept").agg(F.sum("samples").alias("samples"))
    return totals.toArrow(), concepts.toArrow()
