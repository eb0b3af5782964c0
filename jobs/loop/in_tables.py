"""Compares the tables about a drawn corpus with its truth. Executors count samples; the driver sees only concepts."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pyspark.sql import functions as F

from jobs.core.context import Context
from jobs.core.stage_specs import images_spec
from jobs.errors import ConceptfreqError
from jobs.lake.slices import spark_condition
from jobs.loop.comparison import Comparison, FoundLaw, ImageSearchResult, LawByLabels, Tagged, text_frequencies
from jobs.loop.labelled import judged_by_truth
from jobs.results.counts.frequencies import frequencies, misalignment
from jobs.results.fits.fit_inputs import fit_inputs, under_first_protocol
from jobs.results.fits.fitted import FitInput
from jobs.results.fits.stored_fits import read_fits
from jobs.settings.corpora import Corpus
from udfs.statuses import USABLE

# The search of the loop's law: captions are the larger share of the truth.
SEARCH = "text"


@dataclass(frozen=True)
class TruthTotals:
    """The totals of the truth: samples, misaligned samples, and captions that name each concept."""

    samples: int
    misaligned: int
    text: dict[str, int]


def read_totals(truth: Path) -> TruthTotals:
    """The totals in a truth's folder; raises ConceptfreqError if they cannot be read."""
    try:
        summary = json.loads((truth / "summary.json").read_text(encoding="utf-8"))
        with (truth / "concepts.csv").open(encoding="utf-8", newline="") as table:
            text = {row["concept"]: int(row["text_frequency"]) for row in csv.DictReader(table)}
    except OSError as error:
        raise ConceptfreqError(f"{error.filename}: the truth cannot be read: run `conceptfreq draw`") from None
    return TruthTotals(summary["samples"], summary["misaligned"], text)


def compare(context: Context, corpus: Corpus, truth: Path) -> Comparison:
    """Compare the corpus's counts, tags, misalignment and laws with the truth in that folder."""
    totals = read_totals(truth)
    found = frequencies(context, corpus, SEARCH)
    seen = tuple(
        ImageSearchResult(
            row.threshold,
            tags_by_concept(context, corpus, truth, row.threshold, tuple(totals.text)),
            totals.misaligned,
            row.misaligned,
        )
        for row in misalignment(context, corpus)
    )
    shown = {"image": {tag.concept: tag.shown for tag in seen[0].tags}} if seen else {}
    items = under_first_protocol(fit_inputs(context, context.settings.corpora))
    law, *others = fitted_laws(context, corpus, items, {SEARCH: totals.text, **shown})
    return Comparison(
        samples=totals.samples,
        text=text_frequencies(totals.text, {row.concept: row.frequency or 0 for row in found}),
        seen=seen,
        law=law,
        other_laws=tuple(others),
        by_labels=law_by_labels(context, corpus, truth, items, shown.get("image")),
    )


def tags_by_concept(
    context: Context, corpus: Corpus, truth: Path, threshold: float, concepts: Sequence[str]
) -> tuple[Tagged, ...]:
    """By concept, the numbers of samples that show its glyph, that have its tag above the threshold, and both."""
    spark, spec = context.lake.spark, images_spec(context.settings, corpus, context.identities)
    shown = spark.read.parquet((truth / "samples.parquet").absolute().as_uri())
    shown = shown.select("shard", "sample", F.explode("glyphs").alias("concept"), F.lit(1).alias("shown"))
    where = {"corpus": corpus.name, "spec": spec.id, "status": USABLE}
    rows = context.lake.read("image_features").where(spark_condition(where))
    tags = rows.select("shard", "sample", F.explode("tags").alias("tag"))
    # The threshold is compared in the type in which scores are stored.
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


def law_by_labels(
    context: Context, corpus: Corpus, truth: Path, items: Sequence[FitInput], true: Mapping[str, int] | None
) -> LawByLabels | None:
    """The first law of image search, at the lowest threshold, corrected by labels of the truth; None without one."""
    first = next((one for one in items if one.corpus == corpus.name and one.search == "image"), None)
    if first is None:
        return None
    return judged_by_truth(context, corpus, truth, first, _true_slope(first, true))


def fitted_laws(
    context: Context, corpus: Corpus, items: Sequence[FitInput], true: Mapping[str, Mapping[str, int]]
) -> list[FoundLaw]:
    """The corpus's stored fits under the first protocol; the fit of text search and the first prompt comes first.

    true: the true frequencies of concepts by search, from which each fit gets the slope that it should have. Raises
    ConceptfreqError if that fit does not exist.
    """
    settings = context.settings
    assert settings.evaluate is not None
    stored = read_fits(context.lake)
    laws: list[FoundLaw] = []
    first = None
    for item in items:
        row = stored.row(item)
        if item.corpus != corpus.name or row is None:
            continue
        slope = (row["slope_per_decade"], row["slope_low"], row["slope_high"])
        law = FoundLaw(item.title, row["r"], row["r_unbinned"], *slope, _true_slope(item, true.get(item.search)))
        if first is None and (item.search, item.prompt) == (SEARCH, settings.evaluate.prompts[0]):
            first = law
        else:
            laws.append(law)
    if first is None:
        raise ConceptfreqError(f"{settings.name}: the law for {SEARCH} search was not fitted: see the warnings above")
    return [first, *laws]


def _true_slope(item: FitInput, true: Mapping[str, int] | None) -> float | None:
    """The slope of the fit's scores against the true frequencies of its concepts; None if they determine none."""
    if true is None:
        return None
    frequency = tuple(true.get(name, 0) for name in item.names)
    try:
        return replace(item, frequency=frequency).fit().pooled.slope.value
    except ValueError:
        return None
