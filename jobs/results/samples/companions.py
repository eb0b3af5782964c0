"""The concepts that occur with each concept of the lists, as a report's cards show them: the most associated ones."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from jobs.analysis.search_words import above
from jobs.core.context import Context
from jobs.core.reading import driver_reads
from jobs.errors import ConceptfreqError
from jobs.results.samples.cooccurrence import Cooccurrences, PairQuestion, cooccurrences
from jobs.results.samples.indexed import answering_shards, chosen_threshold, searched_halves
from jobs.settings.corpora import Corpus
from jobs.settings.settings import Search

log = logging.getLogger(__name__)

# A pair with fewer common samples may be chance (Church and Hanks 1990), as for `conceptfreq cooccur CONFIG CONCEPT`.
LEAST: Final = 6


@dataclass(frozen=True)
class Companion:
    """A concept that occurs with another one: in so many samples, with this NPMI."""

    name: str
    samples: int
    npmi: float


# Concept -> its companions, the most associated first.
Companions = Mapping[str, tuple[Companion, ...]]


def companions(context: Context, most: int) -> dict[str, Companions]:
    """At most `most` companions of each concept, by corpus and search in words: the first search of the settings.

    A corpus that only Spark can answer, or that cannot, is left out with a warning.
    """
    search: Search = "text" if context.settings.captions else "image"
    threshold = chosen_threshold(context.settings, search, None)
    question, found = PairQuestion(search, threshold, least=LEAST), {}
    for corpus in context.settings.corpora:
        try:
            of_corpus = _of_corpus(context, corpus, question, most)
        except ConceptfreqError as error:
            log.warning("report: no concepts that occur together: %s", error)
            continue
        found[f"{corpus.name}, {above(f'{search} search', threshold)}"] = of_corpus
    return found


def _of_corpus(context: Context, corpus: Corpus, question: PairQuestion, most: int) -> Companions:
    units = answering_shards(context, corpus, searched_halves(context, question.search))
    if not driver_reads(context.lake, units):
        raise ConceptfreqError(f"corpus {corpus.name}: only Spark counts its pairs: run `conceptfreq cooccur`")
    return strongest(cooccurrences(context, corpus, question), most)


def strongest(found: Cooccurrences, most: int) -> Companions:
    """The pairs as both of their concepts see them, at most `most` for each."""
    one = np.concatenate([found.first, found.second])
    other = np.concatenate([found.second, found.first])
    npmi, pairs = np.tile(found.association.npmi, 2), np.tile(found.pairs, 2)
    order = np.lexsort((other, -pairs, -npmi, one))
    rank = np.arange(len(order)) - np.searchsorted(one[order], one[order])
    told: dict[str, list[Companion]] = {}
    for at in order[rank < most].tolist():
        companion = Companion(found.concepts[other[at]], int(pairs[at]), float(npmi[at]))
        told.setdefault(found.concepts[one[at]], []).append(companion)
    return {name: tuple(each) for name, each in told.items()}
