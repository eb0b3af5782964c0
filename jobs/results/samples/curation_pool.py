"""The pool that a balance is drawn from: some corpora together, and how many of their samples hold each concept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from jobs.concepts.asking import Inquiry, ask
from jobs.concepts.of_run import chosen_concepts
from jobs.concepts.questions import questions
from jobs.core.context import Context
from jobs.errors import ConceptfreqError
from jobs.lake.ledger import Unit
from jobs.results.samples.answerable import tell_left_out, unanswerable
from jobs.results.samples.held_sums import sum_held
from jobs.results.samples.indexed import answering_shards, searched_halves
from jobs.settings.corpora import Corpus
from jobs.settings.settings import Search
from udfs.counting.capped import FOUND_ANY, HeldTask
from udfs.counting.found import SEARCHED

Counts = NDArray[np.int64]


@dataclass(frozen=True)
class Cut:
    """How samples are drawn: a concept keeps about `cap` samples by its own draws.

    threshold: the score must be above it; None for text. concept_list: only its concepts count; None: those of all.
    """

    cap: int
    search: Search
    threshold: float | None
    seed: int = 0
    concept_list: str | None = None


@dataclass(frozen=True)
class AskedCorpus:
    """A corpus with what is asked of it, and the shards that answer."""

    corpus: Corpus
    given: Inquiry
    units: tuple[Unit, ...]


@dataclass(frozen=True)
class CurationPool:
    """The corpora in one pool, before the cut: samples that were searched and that hold a concept; `before` (n,)."""

    corpora: tuple[AskedCorpus, ...]
    names: tuple[str, ...]
    searched: int
    found: int
    before: Counts

    def chances(self, cap: int) -> NDArray[np.float64]:
        """The chance (n,) of each concept to draw a sample that holds it."""
        return np.minimum(1.0, cap / np.maximum(self.before, 1))


def pool_of(context: Context, corpora: Sequence[Corpus], cut: Cut) -> CurationPool:
    """Count the concepts of the lists in the samples of these corpora together.

    Concepts that the search cannot answer are left out with a warning. Raises SettingsError if the settings lack the
    search or the list, and ConceptfreqError if a corpus is not indexed, or if no sample holds a concept.
    """
    names = _names(context, corpora, cut)
    asked = tuple(_asked(context, corpus, cut, names) for corpus in corpora)
    sums = [_held(context, one, cut) for one in asked]
    searched, found = (sum(one.get(number, 0) for one in sums) for number in (SEARCHED, FOUND_ANY))
    if not found:
        raise ConceptfreqError(
            f"{context.settings.name}: none of {searched:,} samples that {cut.search} search could use holds one of "
            f"{len(names):,} concepts: nothing can be kept"
        )
    before = np.zeros(len(names), np.int64)
    for one in sums:
        places = [number for number in one if number >= 0]
        before[places] += [one[number] for number in places]
    return CurationPool(asked, names, searched, found, before)


def _names(context: Context, corpora: Sequence[Corpus], cut: Cut) -> tuple[str, ...]:
    """The concepts that every corpus can answer, ascending."""
    concepts = sorted(chosen_concepts(context.settings, cut.concept_list))
    reasons: dict[str, str] = {}
    for corpus in corpora:
        reasons |= unanswerable(context, corpus, questions(context, corpus), concepts, cut.search)
    tell_left_out(cut.search, len(concepts), reasons)
    return tuple(concept for concept in concepts if concept not in reasons)


def _asked(context: Context, corpus: Corpus, cut: Cut, names: Sequence[str]) -> AskedCorpus:
    halves = searched_halves(context, cut.search)
    given = ask(context, corpus, questions(context, corpus), names, halves)
    given = replace(given, searches=given.searches.at(cut.threshold))
    return AskedCorpus(corpus, given, tuple(answering_shards(context, corpus, halves)))


def _held(context: Context, asked: AskedCorpus, cut: Cut) -> dict[int, int]:
    """The sums of HELD over a corpus: samples by number."""
    task = HeldTask(asked.given.searches, cut.search)
    return sum_held(context.lake, asked.given.stored, asked.units, task)
