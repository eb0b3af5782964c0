"""Shard counts to concept counts: always derived, never incremented. A frequency of 0 is a row."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import functions as F

from jobs.concepts.fingerprints import TotalsFingerprint
from jobs.concepts.questions import Questions, questions
from jobs.concepts.reasons import reasons_by_search
from jobs.concepts.stored_queries import keep, listed_queries
from jobs.core.conditions import of_search
from jobs.core.context import Context
from jobs.core.reading import SAMPLES_HERE
from jobs.core.stage_specs import search_specs
from jobs.core.sums import summed
from jobs.core.written import Written
from jobs.lake.lease import Lease
from jobs.lake.ledger import TOTALS, WHOLE, Outcome, Unit
from jobs.lake.slices import Slice
from jobs.lake.specs import Spec
from jobs.lake.tables import TABLES
from jobs.settings.corpora import Corpus
from udfs.counting.per_shard import COUNTS

log = logging.getLogger(__name__)

# The columns by which shard counts are summed, and the totals beside the concepts.
BY = ("spec", "search", "threshold")
MEASURES = ("samples", "found", "misaligned")
TOTALS_ROWS = pa.schema([COUNTS.field(name) for name in (*BY, *MEASURES)])
CONCEPT_ROWS = pa.schema([*map(COUNTS.field, BY), ("concept", pa.string()), ("samples", pa.int64())])


def derive(context: Context, corpus: Corpus, counted: Sequence[Unit]) -> bool:
    """Sum the shard counts of `counted`, the units that are done; returns whether anything was written.

    Nothing is written if the same shards were summed with the same concepts before.
    """
    specs = search_specs(context.settings, corpus, context.identities)
    asked = questions(context, corpus)
    inputs = str(TotalsFingerprint.summed_over(counted, asked.digest))
    finished = [context.ledger.done(corpus.name, TOTALS, spec.id).get(WHOLE) for spec in specs.values()]
    if all(row and row["fingerprint"] == inputs for row in finished):
        return False
    lease = Lease(context.lake, corpus.name, TOTALS, context.settings.lease_seconds)
    with lease.hold():
        context.record_run()
        _write(context, corpus, specs, counted, asked)
        unit = Unit(WHOLE, inputs, len(counted))
        samples = sum(unit.samples or 0 for unit in counted)
        outcome = {unit: Outcome(samples, {"ok": samples})}
        context.ledger.write(corpus.name, TOTALS, [spec.id for spec in specs.values()], outcome, context.run)
    log.info("totals %s: summed over %d shards", corpus.name, len(counted))
    return True


def _write(
    context: Context, corpus: Corpus, specs: Mapping[str, Spec], counted: Sequence[Unit], asked: Questions
) -> None:
    queries = listed_queries(context, corpus, asked.names)
    keep(context, asked, queries)
    where = {"corpus": corpus.name, "spec": [spec.id for spec in specs.values()]}
    sums = _sums(context, where, counted)
    answers = [sums.filter(pc.field("measure") != "concept").rename_columns({"samples": "frequency"})]
    reasons = reasons_by_search(context, asked, queries)
    for search, spec in specs.items():
        for threshold in (None,) if search == "text" else asked.thresholds:
            found = sums.filter(of_search(search, threshold) & (pc.field("measure") == "concept"))
            answers.append(_answers(spec.id, search, threshold, found, reasons[search]))
    rows = pa.concat_tables(answers, promote_options="default")
    # Own counts serve every list that holds the concept.
    common = {"corpus": corpus.name, "list": pa.scalar(None, pa.string()), "shards": len(counted)}
    for name, value in common.items():
        rows = rows.append_column(name, pa.repeat(value, rows.num_rows))
    context.lake.replace_arrow("concept_counts", where, rows.select(TABLES["concept_counts"].column_names))


def _sums(context: Context, where: Slice, counted: Sequence[Unit]) -> pa.Table:
    """Samples over the counted shards, by spec, search, threshold, measure and concept; no zeros."""
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
    columns, by_concept = (*BY, *MEASURES, "concepts", "counts"), (*BY, "concept")
    totals, concepts = [TOTALS_ROWS.empty_table()], [CONCEPT_ROWS.empty_table()]
    for batch in written.lake.batches("shard_counts", columns, **written.partitions, shard=list(written.shards)):
        totals.append(pa.table(batch.select(TOTALS_ROWS.names)).cast(TOTALS_ROWS))
        each = batch.select(list(BY)).take(pc.list_parent_indices(batch["concepts"]))
        each = pa.table([*each.columns, batch["concepts"].flatten(), batch["counts"].flatten()], CONCEPT_ROWS.names)
        concepts.append(summed(each.cast(CONCEPT_ROWS), by_concept))
    return summed(pa.concat_tables(totals), BY), summed(pa.concat_tables(concepts), by_concept)


def _summed_by_spark(written: Written) -> tuple[pa.Table, pa.Table]:
    rows = written.frame()
    totals = rows.groupBy(*BY).agg(*(F.sum(measure).alias(measure) for measure in MEASURES))
    each = rows.selectExpr(*BY, "inline(arrays_zip(concepts, counts)) AS (concept, samples)")
    concepts = each.groupBy(*BY, "concept").agg(F.sum("samples").alias("samples"))
    return totals.toArrow(), concepts.toArrow()


def _answers(spec: str, search: str, threshold: float | None, found: pa.Table, reasons: pa.Table) -> pa.Table:
    """A row for every concept under one search and threshold; `found` has the concepts with at least one sample."""
    frequencies = np.zeros(reasons.num_rows, np.int64)
    place = pc.index_in(found["concept"], value_set=reasons["concept"])
    # A concept that is no longer on any list has no place.
    frequencies[place.drop_null()] = found["samples"].filter(place.is_valid())
    constants = {"spec": spec, "search": search, "threshold": pa.scalar(threshold, pa.float64()), "measure": "concept"}
    columns = {name: pa.repeat(value, reasons.num_rows) for name, value in constants.items()}
    unanswerable = reasons["unanswerable"].combine_chunks()
    answered = pa.array(frequencies, mask=unanswerable.is_valid().to_numpy(zero_copy_only=False))
    return pa.table({**columns, "concept": reasons["concept"], "frequency": answered, "unanswerable": unanswerable})
