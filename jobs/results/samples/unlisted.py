"""The frequency of a concept on no list: by captions, by images and by both, from stored rows, without any model."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from jobs.concepts.asking import NO_LABEL, Inquiry, ask, labels_for
from jobs.concepts.questions import questions
from jobs.core.conditions import of_search
from jobs.core.context import Context
from jobs.core.reading import found_in_shards
from jobs.core.sections import naming
from jobs.core.stage_specs import search_specs
from jobs.lake.ledger import Unit
from jobs.results.counts.answers import Frequency
from jobs.results.samples.indexed import answering_shards
from jobs.settings.corpora import Corpus
from udfs.counting.compact import compact
from udfs.counting.per_shard import COUNTS, CountTask

WHY = "own, on no list"
# Shards of so many samples are read together: if every sample holds the concept, that takes some 300 MB.
SAMPLES = 5_000_000

# A search and its threshold.
Condition = tuple[str, float | None]


def ask_one(context: Context, corpus: Corpus, concept: str) -> Inquiry:
    """Ask every half that is searched for one concept; if the tagger's labels are not here, images cannot answer.

    Raises SettingsError if the concept is on a list, its query is not stored, and the pipeline is not installed.
    """
    asked, halves, no_label = questions(context, corpus), context.settings.searches, NO_LABEL
    try:
        labels_for(context, asked, [concept])
    except (OSError, ValueError) as error:
        # Looking needs no model, but the names of some taggers' labels lie beside their weights.
        halves, no_label = halves[:-1], f"the tagger's labels cannot be read here ({error})"
    with naming("captions.pipeline"):
        return replace(ask(context, corpus, asked, [concept], halves), no_label=no_label)


def count_unlisted(
    context: Context, corpus: Corpus, concept: str, asked: Inquiry, searched: Mapping[Condition, int]
) -> list[Frequency]:
    """The concept's frequency under every search that the settings allow, at every threshold.

    searched: the samples that the counts of lists searched; the same shards are searched. If there are none, all
    indexed shards are, and their samples are counted too, which takes longer. Raises ConceptfreqError if no shard is
    indexed.
    """
    rows = _counts(context, corpus, concept, asked, searched)
    found = []
    for search in search_specs(context.settings, corpus, context.identities):
        [reason] = asked.reasons(search)
        for threshold in (None,) if search == "text" else asked.searches.thresholds:
            own = rows.filter(of_search(search, threshold))
            frequency = None if reason else _sum(pc.list_flatten(own["counts"]))
            samples = searched.get((search, threshold), None if reason else _sum(own["samples"]))
            found.append(Frequency(corpus.name, search, threshold, concept, frequency, reason, samples, WHY))
    return found


def _counts(
    context: Context, corpus: Corpus, concept: str, asked: Inquiry, searched: Mapping[Condition, int]
) -> pa.Table:
    """COUNTS of the shards in which the concept was found, or of all shards if `searched` is empty."""
    settings, specs = context.settings, search_specs(context.settings, corpus, context.identities)
    halves = [half for half in settings.searches if asked.reasons(half) == [None]]
    if not halves:
        return COUNTS.empty_table()
    units = answering_shards(context, corpus, settings.searches)
    if searched:
        counted = context.ledger.done(corpus.name, "count", next(iter(specs.values())).id)
        units = [unit for unit in units if unit.shard in counted]
    answering = asked
    if len(halves) < len(settings.searches):
        answering = ask(context, corpus, questions(context, corpus), [concept], halves)
    stored = answering.stored if searched else [one.with_searched for one in answering.stored]
    every = {name: spec.id for name, spec in specs.items()}
    task = CountTask(pa.array([concept]), np.ones(1, bool), every, answering.searches, np.zeros(1, np.int64))
    found = (found_in_shards(context.lake, stored, part) for part in _parts(units))
    rows = (task(compact(part) if searched else part) for part in found)
    return pa.Table.from_batches(chain.from_iterable(rows), COUNTS)


def _parts(units: Sequence[Unit]) -> Iterator[list[Unit]]:
    """The units in order, so many at a time that they have about SAMPLES samples."""
    part, filled = [], 0
    for unit in units:
        part.append(unit)
        filled += unit.work
        if filled >= SAMPLES:
            yield part
            part, filled = [], 0
    if part:
        yield part


def _sum(numbers: pa.ChunkedArray) -> int:
    return int(pc.sum(numbers).as_py() or 0)
