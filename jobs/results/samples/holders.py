"""The samples that hold a concept, on a list or not: by their text, by their image, or by both."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from jobs.concepts.asking import Inquiry, ask
from jobs.concepts.questions import questions
from jobs.core.context import Context
from jobs.core.reading import found_in_shards
from jobs.core.sections import naming
from jobs.errors import ConceptfreqError
from jobs.results.samples.indexed import answering_shards, searched_halves
from jobs.settings.corpora import Corpus
from jobs.settings.settings import Search
from udfs.counting.arrays import Integers, find
from udfs.counting.laid_out import LaidOut

Scores = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Holders:
    """Samples of one corpus, by shard and ordinal, none twice; scores: those of the tagger, None for text."""

    corpus: str
    shards: tuple[str, ...]
    shard: Integers
    ordinal: Integers
    scores: Scores | None

    def taken(self, places: Integers) -> Holders:
        """Some of the samples."""
        scores = None if self.scores is None else self.scores[places]
        return Holders(self.corpus, self.shards, self.shard[places], self.ordinal[places], scores)


def find_holders(
    context: Context, corpus: Corpus, concept: str, search: Search, threshold: float | None, without: str | None = None
) -> Holders:
    """The samples of a corpus that hold `concept` and, if it is given, do not hold `without`, under one search.

    threshold: the score must be above it; None for text. Raises SettingsError if the settings lack the search, and
    ConceptfreqError with the reason if the search cannot answer a concept, or if nothing is indexed for it.
    """
    halves = searched_halves(context, search)
    asked = _ask(context, corpus, [concept] if without is None else [concept, without], search, halves)
    units = answering_shards(context, corpus, halves)
    laid_out = LaidOut.of(found_in_shards(context.lake, asked.stored, units))
    searches = asked.searches.at(threshold)
    number, sample = next(searches.held_by(search, laid_out)).held.concepts.split()
    samples = np.setdiff1d(sample[number == 0], sample[number == 1], assume_unique=True)
    scores = None
    if threshold is not None:
        tags = searches.scores(laid_out)
        assert tags.scores is not None
        # The codes of the first concept are the samples themselves.
        scores = tags.scores[find(tags.codes, samples)[1]].astype(np.float32)
    shard = laid_out.places.shard_of[samples]
    return Holders(corpus.name, laid_out.places.shards, shard, samples - laid_out.places.firsts[shard], scores)


def _ask(context: Context, corpus: Corpus, concepts: Sequence[str], search: Search, halves: Sequence[str]) -> Inquiry:
    """Ask for concepts, each of which the search can answer."""
    with naming("images.tagger"):
        asked = ask(context, corpus, questions(context, corpus), concepts, halves)
    for concept, reason in zip(concepts, asked.reasons(search), strict=True):
        if reason:
            raise ConceptfreqError(f"{search} search cannot answer '{concept}': {reason}")
    return asked
