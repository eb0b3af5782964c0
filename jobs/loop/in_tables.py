"""What the tables hold about a drawn corpus, put beside its truth. Executors count; the driver sees concepts."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pyspark.sql import functions as F

from jobs.core.context import Context
from jobs.core.stage_specs import images_spec
from jobs.errors import ConceptfreqError
from jobs.lake.slices import spark_condition
from jobs.loop.comparison import Comparison, FoundLaw, ImageSearchResult, Tagged, text_frequencies
from jobs.results.fit_inputs import fit_inputs, under_first_protocol
from jobs.results.frequencies import frequencies, misalignment
from jobs.settings.corpora import Corpus
from udfs.statuses import USABLE

# The search whose frequencies the loop's law is about: captions are the larger share of the truth.
SEARCH = "text"


@dataclass(frozen=True)
class TruthTotals:
    """The small part of the truth: samples, misaligned ones, captions that name each concept."""

    samples: int
    misaligned: int
    text: dict[str, int]


def read_totals(truth: Path) -> TruthTotals:
    """The totals in a truth's folder; ConceptfreqError where it is not there."""
    try:
        summary = json.loads((truth / "summary.json").read_text(encoding="utf-8"))
        with (truth / "concepts.csv").open(encoding="utf-8", newline="") as table:
            text = {row["concept"]: int(row["text_frequency"]) for row in csv.DictReader(table)}
    except OSError as error:
        raise ConceptfreqError(f"{error.filename}: the truth cannot be read: run `conceptfreq draw`") from None
    return TruthTotals(summary["samples"], summary["misaligned"], text)


def compare(context: Context, corpus: Corpus, truth: Path) -> Comparison:
    """The corpus's counts, tags, misalignment and laws beside the truth in that folder."""
    totals = read_totals(truth)
    found = frequencies(context.lake, context.settings, corpus, SEARCH)
    law, *others = fitted_laws(context, corpus)
    return Comparison(
        samples=totals.samples,
        text=text_frequencies(totals.text, {row.concept: row.frequency or 0 for row in found}),
        seen=tuple(
            ImageSearchResult(
                row.threshold,
                tags_by_concept(context, corpus, truth, row.threshold, tuple(totals.text)),
                totals.misaligned,
                row.misaligned,
            )
            for row in misalignment(context.lake, context.settings, corpus)
        ),
        law=law,
        other_laws=tuple(others),
    )


def tags_by_concept(
    context: Context, corpus: Corpus, truth: Path, threshold: float, concepts: Sequence[str]
) -> tuple[Tagged, ...]:
    """Glyphs that are shown and tags above the threshold, sample by sample, counted by concept."""
    spark, spec = context.lake.spark, images_spec(context.settings, corpus)
    shown = spark.read.parquet((truth / "samples.parquet").absolute().as_uri())
    shown = shown.select("shard", "sample", F.explode("glyphs").alias("concept"), F.lit(1).alias("shown"))
    where = {"corpus": corpus.name, "spec": spec.id, "status": USABLE}
    rows = context.lake.read("image_features").where(spark_condition(where))
    tags = rows.select("shard", "sample", F.explode("tags").alias("tag"))
    # Scores are compared in the type in which they are stored.
    tags = tags.where(F.col("tag.score") > F.lit(threshold).cast("float"))
    tags = tags.select("shard", "sample", F.col("tag.label").alias("concept"), F.lit(1).alias("tagged"))
    both = shown.join(tags, ["shard", "sample", "concept"], "full_outer")
    counted = both.groupBy("concept").agg(
        F.count("shown").alias("shown"),
        F.count("tagged").alias("tagged"),
        F.count(F.col("shown") + F.col("tagged")).alias("both"),
    )
    by_name: dict[str, dict[str, Any]] = {row["concept"]: row for row in counted.toArrow().to_pylist()}
    none = {"shown": 0, "tagged": 0, "both": 0}
    return tuple(Tagged(**{**none, "concept": name, **by_name.get(name, {})}) for name in concepts)


def fitted_laws(context: Context, corpus: Corpus) -> list[FoundLaw]:
    """The corpus's stored fits under the first protocol, first the one for text search and the settings' first prompt.

    Raises ConceptfreqError if that one was not made.
    """
    settings = context.settings
    assert settings.evaluate is not None and settings.fit is not None
    stored = {row["inputs"]: row for row in context.lake.rows("fits", corpus=corpus.name)}
    laws: list[FoundLaw] = []
    first = None
    for item in under_first_protocol(fit_inputs(context.lake, settings)):
        row = stored.get(item.digest(settings.fit))
        if item.corpus != corpus.name or row is None:
            continue
        slope = (row["slope_per_decade"], row["slope_low"], row["slope_high"])
        law = FoundLaw(item.title, row["r"], row["r_unbinned"], *slope)
        if first is None and (item.search, item.prompt) == (SEARCH, settings.evaluate.prompts[0]):
            first = law
        else:
            laws.append(law)
    if first is None:
        raise ConceptfreqError(f"{settings.name}: the law for {SEARCH} search was not fitted: see the warnings above")
    return [first, *laws]
