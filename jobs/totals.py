"""Shard counts to concept counts: always derived, never incremented. A frequency of 0 is a row."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.core import concepts, ledger
from jobs.core.context import Context
from jobs.core.lease import Lease
from jobs.core.ledger import Outcome, Unit
from jobs.core.lineage import search_specs
from jobs.core.questions import Questions, questions, tag_labels, text_queries
from jobs.core.settings import Corpus
from jobs.core.slices import Slice, spark_condition
from jobs.core.specs import Spec, digest
from udfs.text.modes import INDEX_OF
from udfs.text.queries import Query

log = logging.getLogger(__name__)

STAGE = "totals"
# The one unit of the stage: the whole corpus.
WHOLE = "*"
NO_LABEL = "the tagger has no label of this name"
ANSWERS = "search STRING, threshold DOUBLE, concept STRING, unanswerable STRING"


def derive(context: Context, corpus: Corpus, counted: Sequence[Unit]) -> bool:
    """Sum the shard counts of `counted`, the units that are done; whether anything was written.

    Nothing is written where the same shards were summed with the same concepts before.
    """
    specs = search_specs(context.settings, corpus)
    asked = questions(context.lake, context.settings, corpus)
    inputs = asked.mark + digest([[unit.shard, unit.fingerprint] for unit in counted])[:16]
    finished = [ledger.done(context.lake, corpus.name, STAGE, spec.id).get(WHOLE) for spec in specs.values()]
    if all(row and row["fingerprint"] == inputs for row in finished):
        return False
    lease = Lease(context.lake, corpus.name, STAGE, context.settings.lease_seconds)
    with lease.hold():
        context.record_run()
        _write(context, corpus, specs, counted, asked)
        unit = Unit(WHOLE, inputs, len(counted))
        samples = sum(unit.samples or 0 for unit in counted)
        outcome = {unit: Outcome(samples, {"ok": samples})}
        ledger.write(context.lake, corpus.name, STAGE, [spec.id for spec in specs.values()], outcome, context.run)
    log.info("totals %s: summed over %d shards", corpus.name, len(counted))
    return True


def _write(
    context: Context, corpus: Corpus, specs: Mapping[str, Spec], counted: Sequence[Unit], asked: Questions
) -> None:
    queries = text_queries(context, corpus, asked)
    captions = context.settings.captions
    # The table of concepts tells what nouns answer them, whatever else they are counted by.
    by_nouns = queries if captions and INDEX_OF[captions.match] == "nouns" else {}
    terms = {name: [list(term) for term in query.terms] for name, query in by_nouns.items()}
    reasons = {name: query.unanswerable for name, query in by_nouns.items() if query.unanswerable}
    concepts.store(context.lake, {name: list(lists) for name, lists in asked.concepts.items()}, terms, reasons)
    where = {"corpus": corpus.name, "spec": [spec.id for spec in specs.values()]}
    sums = _sums(context, where, counted)
    answers = context.lake.spark.createDataFrame(_answers(context, asked, queries, specs), ANSWERS)
    same = [F.col(f"sums.{key}").eqNullSafe(F.col(f"answers.{key}")) for key in ("search", "threshold", "concept")]
    of_concepts = answers.alias("answers").join(sums.where("measure = 'concept'").alias("sums"), same, "left")
    of_concepts = of_concepts.select(
        "answers.*",
        F.lit("concept").alias("measure"),
        F.when(F.col("unanswerable").isNull(), F.coalesce("samples", F.lit(0))).alias("frequency"),
    )
    totals = sums.where("measure <> 'concept'").select(
        "search", "threshold", "concept", F.lit(None).cast("string").alias("unanswerable"), "measure",
        F.col("samples").alias("frequency"),
    )  # fmt: skip
    spec_of = F.create_map(*[F.lit(part) for name, spec in specs.items() for part in (name, spec.id)])
    search = F.when(F.col("search") == "misalignment", "integrated").otherwise(F.col("search"))
    rows = of_concepts.unionByName(totals).withColumns(
        {"corpus": F.lit(corpus.name), "spec": spec_of[search], "shards": F.lit(len(counted)).cast("bigint")}
    )
    # Our own counts serve every list that a concept is in.
    rows = rows.withColumn("list", F.lit(None).cast("string"))
    context.lake.replace("concept_counts", where, rows)


def _sums(context: Context, where: Slice, counted: Sequence[Unit]) -> DataFrame:
    """Samples over the counted shards, by search, threshold, measure and concept."""
    shards = context.lake.spark.createDataFrame([(unit.shard,) for unit in counted], "shard STRING")
    rows = context.lake.read("shard_counts").where(spark_condition(where))
    summed = rows.join(F.broadcast(shards), "shard", "left_semi")
    return summed.groupBy("search", "threshold", "measure", "concept").agg(F.sum("samples").alias("samples"))


def _answers(
    context: Context, asked: Questions, queries: Mapping[str, Query], specs: Mapping[str, Spec]
) -> list[tuple[str, float | None, str, str | None]]:
    """Every concept under every search and threshold, with why the search cannot answer it where it cannot."""
    labelled = {name for found in tag_labels(context.settings, asked).values() for name in found}
    rows: list[tuple[str, float | None, str, str | None]] = []
    for concept in asked.concepts:
        said = queries[concept].unanswerable if concept in queries else None
        seen = None if concept in labelled else NO_LABEL
        for search in specs:
            reason = {"text": said, "image": seen, "integrated": said or seen}[search]
            for threshold in (None,) if search == "text" else asked.thresholds:
                rows.append((search, threshold, concept, reason))
    return rows
