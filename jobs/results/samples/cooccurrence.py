"""Concepts that occur together: how many samples of a corpus hold both, and how strongly they are associated."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final, Literal, get_args

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from jobs.analysis.association import Association, associate
from jobs.analysis.search_words import above
from jobs.concepts.asking import ask
from jobs.concepts.of_run import chosen_concepts
from jobs.concepts.questions import questions
from jobs.core.context import Context
from jobs.errors import ConceptfreqError
from jobs.results.samples.answerable import tell_left_out, unanswerable
from jobs.results.samples.indexed import answering_shards, searched_halves
from jobs.results.samples.pair_sums import sum_pairs
from jobs.settings.corpora import Corpus
from jobs.settings.settings import Search
from udfs.counting.arrays import Integers
from udfs.counting.found import SEARCHED
from udfs.counting.pairs import PAIRS, PairTask

Measure = Literal["npmi", "pmi", "g2", "pairs"]
MEASURES: Final = get_args(Measure)
COOCCURRENCES: Final = pa.schema(
    [
        ("corpus", pa.string()),
        ("search", pa.string()),
        ("threshold", pa.float64()),
        ("concept", pa.string()),
        ("other", pa.string()),
        ("samples_concept", pa.int64()),
        ("samples_other", pa.int64()),
        ("pairs", pa.int64()),
        ("samples", pa.int64()),
        ("expected", pa.float64()),
        ("pmi", pa.float64()),
        ("npmi", pa.float64()),
        ("g2", pa.float64()),
    ]
)


@dataclass(frozen=True)
class PairQuestion:
    """Which pairs are asked for: of `concept` with each concept of a list (None: of all lists), or all of a list.

    threshold: the score must be above it; None for text. least: the fewest common samples of a pair.
    """

    search: Search
    threshold: float | None
    concept: str | None = None
    concept_list: str | None = None
    least: int = 1


@dataclass(frozen=True, eq=False)
class Cooccurrences:
    """The pairs of a corpus, each once; `first` and `second` (n,) are indices in `concepts`, which ascend.

    samples: how many were searched; `frequencies` (concepts,) is how many of them hold each concept.
    """

    corpus: str
    question: PairQuestion
    concepts: tuple[str, ...]
    samples: int
    frequencies: Integers
    first: Integers
    second: Integers
    pairs: Integers

    @classmethod
    def of(cls, corpus: str, question: PairQuestion, concepts: tuple[str, ...], sums: pa.Table) -> Cooccurrences:
        """The sums of PAIRS, told apart."""
        first, second, samples = (sums[name].to_numpy() for name in PAIRS.names)
        single, searched = first == second, first == SEARCHED
        frequencies = np.zeros(len(concepts), np.int64)
        frequencies[first[single & ~searched]] = samples[single & ~searched]
        pairs = [values[~single] for values in (first, second, samples)]
        return cls(corpus, question, concepts, int(samples[searched].sum()), frequencies, *pairs)

    @property
    def association(self) -> Association:
        """The measures of each pair."""
        return associate(self.pairs, self.frequencies[self.first], self.frequencies[self.second], self.samples)

    def strongest(self, by: Measure, limit: int | None) -> Cooccurrences:
        """The pairs in the order of a measure, then by common samples and by name; at most `limit` (None: all)."""
        strength = self.pairs if by == "pairs" else self.association.strength(by)
        order = np.lexsort((self.second, self.first, -self.pairs, -strength))[:limit]
        return replace(self, first=self.first[order], second=self.second[order], pairs=self.pairs[order])

    def at_least(self, samples: int) -> Cooccurrences:
        """Without the pairs that have fewer common samples."""
        kept = np.flatnonzero(self.pairs >= samples)
        return replace(self, first=self.first[kept], second=self.second[kept], pairs=self.pairs[kept])

    def table(self) -> pa.Table:
        """The pairs as rows of COOCCURRENCES."""
        names, count = pa.array(self.concepts, pa.string()), len(self.pairs)
        constants = {"corpus": self.corpus, "search": self.question.search, "samples": self.samples}
        columns = {name: pa.repeat(value, count) for name, value in constants.items()}
        columns["threshold"] = pa.repeat(pa.scalar(self.question.threshold, pa.float64()), count)
        for name, places in (("concept", self.first), ("other", self.second)):
            columns[name] = names.take(pa.array(places))
            columns[f"samples_{name}"] = pa.array(self.frequencies[places])
        columns["pairs"] = pa.array(self.pairs)
        columns |= {name: pa.array(values) for name, values in self.association._asdict().items()}
        return pa.Table.from_pydict({name: columns[name] for name in COOCCURRENCES.names}, schema=COOCCURRENCES)

    def matrix(self, most: int) -> tuple[list[str], NDArray[np.float64]]:
        """The NPMI of the `most` frequent concepts that are in some pair: names, and (n, n) with NaN for no pair."""
        held = np.unique(np.concatenate([self.first, self.second]))
        kept = np.sort(held[np.argsort(-self.frequencies[held], kind="stable")][:most])
        inside = np.isin(self.first, kept) & np.isin(self.second, kept)
        rows, columns = (np.searchsorted(kept, places[inside]) for places in (self.first, self.second))
        values = np.full((len(kept), len(kept)), np.nan)
        values[rows, columns] = values[columns, rows] = self.association.npmi[inside]
        return [self.concepts[place] for place in kept], values

    def __str__(self) -> str:
        search = above(self.question.search, self.question.threshold)
        least = "" if self.question.least == 1 else f" in at least {self.question.least:,} samples"
        if self.question.concept is None:
            held = np.count_nonzero(self.frequencies)
            return (
                f"{self.corpus}, {search}: {self.samples:,} samples, {held:,} of {len(self.concepts):,} concepts in "
                f"some of them, {len(self.pairs):,} pairs together{least}"
            )
        own = self.frequencies[self.concepts.index(self.question.concept)]
        return (
            f"{self.corpus}, {search}: {own:,} of {self.samples:,} samples hold '{self.question.concept}', "
            f"{len(self.pairs):,} of {len(self.concepts) - 1:,} other concepts together with it{least}"
        )


def cooccurrences(context: Context, corpus: Corpus, question: PairQuestion) -> Cooccurrences:
    """The pairs that occur together in a corpus, and how many samples hold each concept.

    A concept of a list that the search cannot answer is left out with a warning. Raises SettingsError if the settings
    lack the search or the list, and ConceptfreqError if the search cannot answer the concept in question, or any, and
    if no sample was searched.
    """
    halves, asked = searched_halves(context, question.search), questions(context, corpus)
    concepts = sorted({*chosen_concepts(context.settings, question.concept_list), *_own(question)})
    reasons = unanswerable(context, corpus, asked, concepts, question.search)
    if question.concept is not None and question.concept in reasons:
        raise ConceptfreqError(
            f"{question.search} search cannot answer '{question.concept}': {reasons[question.concept]}"
        )
    tell_left_out(question.search, len(concepts), reasons)
    names = tuple(concept for concept in concepts if concept not in reasons)
    units = answering_shards(context, corpus, halves)
    given = ask(context, corpus, asked, names, halves)
    own = None if question.concept is None else names.index(question.concept)
    task = PairTask(given.searches.at(question.threshold), question.search, own)
    sums = sum_pairs(context.lake, given.stored, units, task, question.least)
    found = Cooccurrences.of(corpus.name, question, names, sums)
    if not found.samples:
        raise ConceptfreqError(f"corpus {corpus.name}: no sample could be searched by {question.search} search")
    return found


def _own(question: PairQuestion) -> list[str]:
    return [] if question.concept is None else [question.concept]
