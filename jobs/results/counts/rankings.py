"""The frequencies of very many concepts under one search, as columns.

Half a million concepts under seven searches are 3.5 million rows, too many to be Python objects. One concept among them
is found in a millisecond, and so is its rank.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from jobs.concepts.of_run import run_concepts
from jobs.core.conditions import of_search
from jobs.core.context import Context
from jobs.core.stage_specs import search_specs
from jobs.results.counts.answers import Frequency
from jobs.results.counts.frequencies import counted
from jobs.results.counts.published_counts import published_frequencies
from jobs.settings.corpora import Corpus
from udfs.counting.arrays import Integers

COLUMNS = ("concept", "frequency", "unanswerable")


@dataclass(frozen=True, eq=False)
class Ranking:
    """Concepts with their frequency, or with the reason why they have none; `rows` has COLUMNS.

    shared: what all of them have in common; its concept is empty.
    """

    shared: Frequency
    rows: pa.Table

    @cached_property
    def ascending(self) -> Integers:
        """The frequencies of the concepts that the search can answer, ascending."""
        return np.sort(self.rows["frequency"].drop_null().to_numpy())

    def of(self, concept: str) -> Iterator[Frequency]:
        """The rows of a concept: none if it was not asked for."""
        for place in pc.indices_nonzero(pc.equal(self.rows["concept"], concept)).to_pylist():
            [row] = self.rows.slice(place, 1).to_pylist()
            yield replace(self.shared, **row)

    def ordered(self, order: str, like: str | None, start: int, count: int) -> list[Frequency]:
        """Some concepts in an order: `most` or `least` frequent first, or by `name`; those without an answer last.

        like: only names that hold this text, in any case.
        """
        rows = self.rows
        if like is not None:
            rows = rows.filter(pc.match_substring(rows["concept"], like, ignore_case=True))
        if not rows.num_rows:
            return []
        keys = {"most": [("frequency", "descending")], "least": [("frequency", "ascending")], "name": []}[order]
        first = pc.select_k_unstable(rows, start + count, [*keys, ("concept", "ascending")])
        kept = first.slice(start)
        return [replace(self.shared, **row) for row in rows.take(kept).to_pylist()]

    @cached_property
    def found(self) -> int:
        """How many concepts have a frequency above 0."""
        return int(np.count_nonzero(self.ascending))

    def rank(self, frequency: int) -> int:
        """1 for the most frequent; concepts of equal frequency share the better rank."""
        return 1 + len(self.ascending) - int(np.searchsorted(self.ascending, frequency, "right"))


def own_rankings(context: Context, corpus: Corpus) -> list[Ranking]:
    """The settings' concepts under every search and threshold of a corpus.

    Raises ConceptfreqError if nothing is counted under these settings.
    """
    names = pa.array(run_concepts(context.settings), pa.string())
    found = []
    for search in search_specs(context.settings, corpus, context.identities):
        rows = counted(context, corpus, search)
        concepts = rows.filter(pc.field("measure") == "concept")
        concepts = concepts.filter(pc.is_in(concepts["concept"], names))
        for threshold in sorted(concepts["threshold"].unique().to_pylist(), key=lambda value: value or 0):
            here = of_search(search, threshold)
            samples = rows.filter(here & (pc.field("measure") == "samples"))["frequency"].to_pylist()
            # A count of 0 has no row.
            shared = Frequency(corpus.name, search, threshold, "", None, None, sum(samples))
            found.append(Ranking(shared, concepts.filter(here).select(COLUMNS).combine_chunks()))
    return found


def published_rankings(context: Context) -> list[Ranking]:
    """Published and imported concepts: one ranking per search, corpus, source, list and threshold."""
    groups: dict[tuple[object, ...], list[Frequency]] = {}
    for row in published_frequencies(context):
        groups.setdefault((row.search, row.corpus, row.source, row.list, row.threshold), []).append(row)
    return [
        Ranking(replace(rows[0], concept="", frequency=None, unanswerable=None), _columns(rows))
        for rows in groups.values()
    ]


def _columns(rows: list[Frequency]) -> pa.Table:
    types = {"concept": pa.string(), "frequency": pa.int64(), "unanswerable": pa.string()}
    return pa.table({name: pa.array([getattr(row, name) for row in rows], types[name]) for name in COLUMNS})
