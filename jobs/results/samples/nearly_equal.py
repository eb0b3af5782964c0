"""Pairs of concepts that are found in nearly the same samples of a corpus, among samples that are bounded in number."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np

from jobs.concepts.asking import ask
from jobs.concepts.questions import questions
from jobs.core.context import Context
from jobs.core.sections import naming
from jobs.lake.ledger import Unit
from jobs.results.samples.cooccurrence import Cooccurrences, PairQuestion
from jobs.results.samples.indexed import answering_shards, searched_halves
from jobs.results.samples.pair_sums import sum_pairs
from jobs.settings.corpora import Corpus
from jobs.settings.settings import Search
from udfs.counting.pairs import PairTask

# Of a larger corpus, shards that lie evenly among all and hold about so many samples are looked at: some 10 s of one
# core for 5,000 concepts, and twice as much for a million (docs/cooccurrence.md).
SAMPLES: Final = 1_000_000


class NearlyEqual(NamedTuple):
    """Two concepts, the samples that hold both, those that hold at least one, and those that were searched."""

    first: str
    second: str
    both: int
    either: int
    searched: int


def nearly_equal(
    context: Context, corpus: Corpus, search: Search, threshold: float | None, share: float
) -> list[NearlyEqual]:
    """The pairs of the run's concepts for which at least this share of the samples that hold one of them hold both.

    threshold: the score must be above it; None for text. Raises ConceptfreqError if nothing is indexed.
    """
    halves, asked = searched_halves(context, search), questions(context, corpus)
    names = tuple(sorted(asked.run_concepts))
    with naming("images.tagger"):
        given = ask(context, corpus, asked, names, halves)
    units = _evenly(answering_shards(context, corpus, halves))
    sums = sum_pairs(context.lake, given.stored, units, PairTask(given.searches.at(threshold), search), 1)
    found = Cooccurrences.of(corpus.name, PairQuestion(search, threshold), names, sums)
    first, second, both = found.first, found.second, found.pairs
    either = found.frequencies[first] + found.frequencies[second] - both
    return [
        NearlyEqual(names[first[at]], names[second[at]], int(both[at]), int(either[at]), found.samples)
        for at in np.flatnonzero(both >= share * either)
    ]


def _evenly(units: Sequence[Unit]) -> list[Unit]:
    """Units that lie evenly among all, with about SAMPLES samples; all of them if they have no more."""
    step = max(1, -(-sum(unit.work for unit in units) // SAMPLES))
    return list(units[::step])
