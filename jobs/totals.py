"""Shard counts to concept counts: always derived, never incremented. A frequency of 0 is a row."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence

import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.core import ledger
from jobs.core.context import Context
from jobs.core.lease import Lease
from jobs.core.ledger import Outcome, Unit
from jobs.core.lineage import search_specs
from jobs.core.queries import keep, text_queries
from jobs.core.questions import Questions, questions, tag_labels
from jobs.core.settings import Corpus
from jobs.core.slices import Slice, spark_condition
from jobs.core.specs import Spec, digest
from udfs.text.queries import Query

log = logging.getLogger(__name__)

STAGE = "totals"
# The one unit of the stage: the whole corpus.
WHOLE = "*"
NO_LABEL = "the tagger has no label of this name"
# Why text and images cannot answer a concept.
REASONS = pa.schema([("concept", pa.string()), ("said", pa.string()), ("seen", pa.string())])


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
    keep(context, asked, queries)
    where = {"corpus": corpus.name, "spec": [spec.id for spec in specs.values()]}
    sums = _sums(context, where, counted)
    answers = _answers(context, asked, queries, specs)
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


def _answers(context: Context, asked: Questions, queries: Mapping[str, Query], specs: Mapping[str, Spec]) -> DataFrame:
    """Every concept under every search and threshold, with why the search cannot answer it where it cannot."""
    spark = context.lake.spark
    labelled = {name for names in tag_labels(context.settings, asked).values() for name in names}
    columns = {
        "concept": list(asked.concepts),
        "said": [queries[name].unanswerable if queries else None for name in asked.concepts],
        "seen": [None if name in labelled else NO_LABEL for name in asked.concepts],
    }
    of_concept = spark.createDataFrame(pa.table(columns, schema=REASONS))
    asks = [(search, limit) for search in specs for limit in ((None,) if search == "text" else asked.thresholds)]
    reason = (
        F.when(F.col("search") == "text", F.col("said"))
        .when(F.col("search") == "image", F.col("seen"))
        .otherwise(F.coalesce("said", "seen"))
    )
    rows = of_concept.crossJoin(F.broadcast(spark.createDataFrame(asks, "search STRING, threshold DOUBLE")))
    return rows.select("search", "threshold", "concept", reason.alias("unanswerable"))
