"""Frequencies of concepts broken down by an attribute of the samples, counted from postings when they are asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pyarrow as pa
import pyarrow.compute as pc

from jobs.concepts.asking import ask
from jobs.concepts.of_run import chosen_concepts
from jobs.concepts.questions import questions
from jobs.core.conditions import at_threshold
from jobs.core.context import Context
from jobs.core.stage_specs import attribute_specs
from jobs.core.stretches import Stored
from jobs.core.units import sample_units, unfinished
from jobs.errors import ConceptfreqError, SettingsError
from jobs.lake.ledger import Unit
from jobs.results.samples.indexed import answering_shards, chosen_thresholds, searched_halves
from jobs.results.samples.stretch_sums import sum_stretches
from jobs.settings.corpora import Corpus
from jobs.settings.settings import Search
from udfs.attributes.names import Attribute, value_of
from udfs.counting.breakdowns import BROKEN_DOWN, BreakdownTask
from udfs.counting.found import FOUND, in_attributes
from udfs.stretch_task import Source

STAGE = "attributes"
# `frequency`: samples with this value that hold the concept; `samples`: all that were searched and have it.
BREAKDOWN = pa.schema(
    [
        ("corpus", pa.string()),
        ("search", pa.string()),
        ("threshold", pa.float64()),
        ("concept", pa.string()),
        ("value", pa.string()),
        ("frequency", pa.int64()),
        ("samples", pa.int64()),
    ]
)
COUNTED_BY = [name for name in BROKEN_DOWN.names if name != "samples"]


def break_down(
    context: Context,
    corpus: Corpus,
    attribute: Attribute,
    search: Search,
    threshold: float | None = None,
    concept_list: str | None = None,
) -> pa.Table:
    """Rows of BREAKDOWN, by threshold; the most frequent concept comes first, and of each concept the commonest value.

    A frequency of 0 has no row. threshold: only this one. concept_list: only its concepts. Raises SettingsError if the
    settings lack the search, the list or the attribute, and ConceptfreqError if a shard is not indexed by it.
    """
    halves, concepts = searched_halves(context, search), sorted(chosen_concepts(context.settings, concept_list))
    thresholds = chosen_thresholds(context.settings, search, threshold)
    units = answering_shards(context, corpus, halves)
    values = _stored(context, corpus, attribute, units)
    asked = ask(context, corpus, questions(context, corpus), concepts, halves)
    task = BreakdownTask(search, concepts, replace(asked.searches, thresholds=thresholds))
    sums = sum_stretches(context.lake, [*asked.stored, values], units, task, BROKEN_DOWN, COUNTED_BY)
    tables = [_ranked(sums, one) for one in thresholds or (None,)]
    table = pa.concat_tables(tables).add_column(0, "corpus", pa.repeat(corpus.name, sum(map(len, tables))))
    return table.add_column(1, "search", pa.repeat(search, len(table))).select(BREAKDOWN.names).cast(BREAKDOWN)


def _stored(context: Context, corpus: Corpus, attribute: Attribute, units: Sequence[Unit]) -> Stored:
    """The postings of an attribute, which must have all of these shards as they are now."""
    settings = context.settings
    if attribute not in settings.attributes:
        named = ", ".join([*settings.attributes, attribute])
        raise SettingsError(
            f"--by {attribute}: {settings.name} does not index it: set `attributes: [{named}]`, and run "
            "`conceptfreq attributes`"
        )
    spec = attribute_specs(settings, corpus, context.identities)[attribute]
    left = unfinished(context, corpus.name, STAGE, [spec], sample_units(context, corpus))
    missing = sorted({unit.shard for unit in units}.intersection(unit.shard for unit in left))
    if missing:
        raise ConceptfreqError(
            f"corpus {corpus.name}: {len(missing)} of {len(units)} shards are not indexed by {attribute}, as "
            f"{missing[0]}: run `conceptfreq attributes`"
        )
    source = Source(("key", "shard", "ordinals"), in_attributes, FOUND)
    return Stored("postings", {"corpus": corpus.name, "spec": spec.id}, source)


def _ranked(sums: pa.Table, threshold: float | None) -> pa.Table:
    """The rows of one threshold, without corpus and search."""
    rows = sums.filter(at_threshold(threshold))
    searched, held = rows.filter(pc.field("concept").is_null()), rows.filter(pc.field("concept").is_valid())
    totals = held.group_by("concept").aggregate([("samples", "sum")])
    columns = {
        "threshold": held["threshold"],
        "concept": held["concept"],
        "value": pa.array(map(value_of, held["key"].to_pylist()), pa.string()),
        "frequency": held["samples"],
        "samples": searched["samples"].take(pc.index_in(held["key"], searched["key"])),
        "total": totals["samples_sum"].take(pc.index_in(held["concept"], totals["concept"])),
    }
    order = [("total", "descending"), ("concept", "ascending"), ("frequency", "descending"), ("value", "ascending")]
    return pa.table(columns).sort_by(order).drop_columns("total")
