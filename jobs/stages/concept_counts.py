"""Shard counts to concept counts: always derived, never incremented. A frequency of 0 is a row."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from jobs.concepts.fingerprints import TotalsFingerprint
from jobs.concepts.questions import Questions, questions
from jobs.concepts.reasons import reasons_by_search
from jobs.concepts.stored_queries import keep, listed_queries
from jobs.core.conditions import of_search
from jobs.core.context import Context
from jobs.core.stage_specs import search_specs
from jobs.lake.lease import Lease
from jobs.lake.ledger import TOTALS, WHOLE, Outcome, Unit
from jobs.lake.specs import Spec
from jobs.lake.tables import TABLES
from jobs.settings.corpora import Corpus
from jobs.stages.counts_over_shards import over_shards

log = logging.getLogger(__name__)


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
    sums = over_shards(context, where, counted)
    totals = sums.filter(pc.field("measure") != "concept").rename_columns({"samples": "frequency"})
    answers = [
        totals.append_column("spec", pa.array([specs[one].id for one in totals["search"].to_pylist()], pa.string()))
    ]
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
