"""Distinct URLs, captions and images beside frequencies: how many groups of alike samples hold each concept.

A sample that is in no group, because it has no URL for example, is like no other: it counts as one.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any, Final

import pyarrow as pa

from jobs.concepts.asking import ask
from jobs.concepts.questions import questions
from jobs.core.context import Context
from jobs.core.reading import driver_reads, through_stretches
from jobs.core.stretches import Stored, map_stretches
from jobs.errors import ConceptfreqError
from jobs.lake.lake import Lake
from jobs.lake.ledger import Unit
from jobs.results.counts.all_sources import FREQUENCIES
from jobs.results.counts.answers import OWN, Alike, Frequency
from jobs.results.samples.alike import TOLD, group_rows
from jobs.results.samples.indexed import answering_shards, searched_halves
from jobs.settings.corpora import Corpus
from jobs.settings.settings import Search
from udfs.counting.distinct import DISTINCT, Counted, DistinctTask, merged
from udfs.counting.found import SEARCHED

log = logging.getLogger(__name__)

# FREQUENCIES, with the column `distinct` after the frequency.
_AT = FREQUENCIES.get_field_index("frequency") + 1
WITH_DISTINCT: Final = FREQUENCIES.insert(_AT, pa.field("distinct", pa.int64()))
NOTHING: Final = Counted(0, 0, 0)


def with_distinct(context: Context, rows: Sequence[Frequency], search: Search, alike: Alike) -> list[dict[str, Any]]:
    """Frequencies of one search as rows of WITH_DISTINCT; null for published ones, and where the frequency is null.

    Raises ConceptfreqError if shards lack what tells samples apart, if no sample has it, or if the stored counts are
    not those of the samples that are indexed.
    """
    found: dict[tuple[str, float | None, str], int] = {}
    for corpus in context.settings.corpora:
        own = [row for row in rows if row.source == OWN and row.corpus == corpus.name and row.frequency is not None]
        if own:
            found |= _of_corpus(context, corpus, own, search, alike)
    keys = ((row.corpus, row.threshold, row.concept) if row.source == OWN else None for row in rows)
    return [asdict(row) | {"distinct": found.get(key) if key else None} for row, key in zip(rows, keys, strict=True)]


def _of_corpus(
    context: Context, corpus: Corpus, rows: Sequence[Frequency], search: Search, alike: Alike
) -> dict[tuple[str, float | None, str], int]:
    """The distinct number of each row, all of one corpus, by corpus, threshold and concept."""
    concepts = sorted({row.concept for row in rows})
    number = {concept: place for place, concept in enumerate(concepts)}
    counted = _counted(context, corpus, concepts, {row.threshold for row in rows}, search, alike)
    found = {}
    for row in rows:
        one = counted.get((row.threshold, number[row.concept]), NOTHING)
        if one.samples != row.frequency:
            raise ConceptfreqError(
                f"corpus {corpus.name}: {row.frequency} samples were counted for '{row.concept}', and {one.samples} are"
                " indexed: run `conceptfreq count`"
            )
        found[corpus.name, row.threshold, row.concept] = one.alone + one.groups
    return found


def _counted(
    context: Context,
    corpus: Corpus,
    concepts: Sequence[str],
    thresholds: set[float | None],
    search: Search,
    alike: Alike,
) -> Mapping[tuple[float | None, int], Counted]:
    """What holds each concept, by threshold and the concept's place among `concepts`."""
    halves = searched_halves(context, search)
    asked = ask(context, corpus, questions(context, corpus), concepts, halves)
    units = answering_shards(context, corpus, halves)
    stored = (*asked.stored, group_rows(context, corpus, units, alike))
    scored = tuple(sorted(threshold for threshold in thresholds if threshold is not None))
    task = DistinctTask(search, replace(asked.searches, thresholds=scored))
    if driver_reads(context.lake, units):
        counted = merged(through_stretches(context.lake, stored, units, task, DISTINCT))
    else:
        counted = _by_spark(context.lake, stored, units, task)
    _say_how_many_are_alone(corpus, alike, [counted.get((one, SEARCHED), NOTHING) for one in thresholds])
    return counted


def _by_spark(
    lake: Lake, stored: Sequence[Stored], units: Sequence[Unit], task: DistinctTask
) -> dict[tuple[float | None, int], Counted]:
    """What `merged` gives, where Spark did the work: groups of so many samples do not pass through the driver."""
    keys = ("threshold", "number")
    rows = map_stretches(lake, stored, units, task, DISTINCT)
    # A row's sums stay with the first of its groups.
    from pyspark.sql import functions as F

    each = rows.select("*", F.posexplode_outer("groups").alias("place", "group"))
    first = F.coalesce(F.col("place"), F.lit(0)) == 0
    sums = [F.sum(F.when(first, F.col(name)).otherwise(0)).alias(name) for name in ("samples", "alone")]
    groups = each.groupBy(*keys, "group").agg(*sums).groupBy(*keys)
    found = groups.agg(F.sum("samples").alias("samples"), F.sum("alone").alias("alone"), F.count("group").alias("of"))
    return {
        (row["threshold"], row["number"]): Counted(row["samples"], row["alone"], row["of"])
        for row in found.toArrow().to_pylist()
    }


def _say_how_many_are_alone(corpus: Corpus, alike: Alike, searched: Sequence[Counted]) -> None:
    """Log how many samples are in no group; if all are, there is nothing to tell them apart by."""
    most = max(searched, key=lambda one: one.samples, default=NOTHING)
    if most.samples and most.alone == most.samples:
        raise ConceptfreqError(
            f"corpus {corpus.name}: none of {most.samples} searched samples has a {TOLD[alike].words}, so --distinct"
            f" {alike} cannot tell them apart"
        )
    if most.alone:
        log.warning(
            "%s: %d of %d searched samples have no %s; each of them counts as one",
            corpus.name, most.alone, most.samples, TOLD[alike].words,
        )  # fmt: skip
