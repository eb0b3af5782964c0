"""The input and output of the rules: counts of concepts, the questions they answer, and suspicions with their weight.

The weight of a suspicion is its possible effect on a fit of performance against log10(frequency): the number of
concepts times the decades by which each may be off. It is an upper limit, not an estimate of the error.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import log10
from statistics import median

from jobs.analysis.search_words import above

Terms = tuple[tuple[str, ...], ...]

# Below this frequency chance explains what the rules look for. If half of the samples of a term have the concept as
# well, all ten have it by chance once in 2^10 = 1,024 times.
LARGE = 10

_BETWEEN_WORDS = re.compile(r"[\s_-]+")
_PLURAL = re.compile(r"(?:(?<=ss)|(?<=x)|(?<=ch)|(?<=sh))es$|(?<=[^s])s$")


@dataclass(frozen=True, slots=True)
class Question:
    """What was counted. `source` is own or published; `method` is how captions were matched, None for image search."""

    source: str
    corpus: str
    search: str
    method: str | None = None
    threshold: float | None = None

    @property
    def place(self) -> tuple[str, str, str, str, float]:
        """The key by which questions are ordered."""
        return self.source, self.corpus, self.search, self.method or "", self.threshold or 0.0

    def __str__(self) -> str:
        method = f" ({self.method})" if self.method else ""
        return above(f"{self.search} search{method}", self.threshold)


@dataclass(frozen=True, slots=True)
class Count:
    """A concept's frequency (samples; None if the search cannot answer) for the lists that it serves.

    `terms` has, for each word of its query, the spellings that match it. `unanswerable` is the reason why no noun
    search can answer it.
    """

    question: Question
    concept: str
    lists: tuple[str, ...]
    frequency: int | None
    terms: Terms = ()
    unanswerable: str | None = None

    @property
    def words(self) -> Terms:
        """The terms of the query, or the words of the name if no terms are known."""
        return self.terms or words_of(self.concept)

    @property
    def query(self) -> frozenset[str]:
        """The concept's query as a set; names with the same set are the same query."""
        return _query(self.words)


@dataclass(frozen=True, slots=True)
class Suspicion:
    """A frequency that deserves distrust: `concepts` of them (repeats in lists included) may be off by `decades`."""

    kind: str
    question: Question | None
    lists: tuple[str, ...]
    concept: str | None
    frequency: int | None
    other: str | None
    concepts: int
    decades: float
    reason: str

    @property
    def weight(self) -> float:
        """The possible effect on a fit: concepts times decades."""
        return self.concepts * self.decades


def suspicion(kind: str, count: Count, other: str | None, concepts: int, decades_off: float, reason: str) -> Suspicion:
    """A suspicion about one count."""
    return Suspicion(
        kind, count.question, count.lists, count.concept, count.frequency, other, concepts, decades_off, reason
    )


def decades(frequency: float | None) -> float:
    """log10 of a frequency as in a fit, which puts 0 at 1."""
    return log10(max(frequency or 0, 1))


def typical_decades(counts: Iterable[Count]) -> float:
    """The median log10 of frequencies above 0: how far off a missing or meaningless frequency typically is."""
    found = [decades(count.frequency) for count in counts if count.frequency]
    return median(found) if found else 0.0


def by_question(counts: Iterable[Count]) -> dict[Question, list[Count]]:
    """Counts by the question that they answer, both sorted, so that suspicions do not depend on the order of input."""
    groups: dict[Question, list[Count]] = {}
    for count in sorted(counts, key=lambda count: (count.concept, count.lists)):
        groups.setdefault(count.question, []).append(count)
    return dict(sorted(groups.items(), key=lambda item: item[0].place))


def by_corpus(groups: Mapping[Question, Sequence[Count]]) -> dict[tuple[str, str], dict[Question, Sequence[Count]]]:
    """The questions of each (source, corpus): own and published counts of one corpus are never compared."""
    found: dict[tuple[str, str], dict[Question, Sequence[Count]]] = {}
    for question, counts in groups.items():
        found.setdefault((question.source, question.corpus), {})[question] = counts
    return found


@lru_cache(maxsize=200_000)
def words_of(name: str) -> Terms:
    """A name's words in lower case, split at spaces, underscores and hyphens; a plural is followed by its singular.

    This is a rule of thumb for names whose query is not known: dogs, dog; glasses, glass; but also bus, bu.
    """
    words = [word for word in _BETWEEN_WORDS.split(name.lower()) if word]
    return tuple(tuple(dict.fromkeys((word, _PLURAL.sub("", word)))) for word in words)


@lru_cache(maxsize=200_000)
def _query(words: Terms) -> frozenset[str]:
    return frozenset(term[-1] for term in words)


def in_words(names: Sequence[str], most: int = 4) -> str:
    """The first names, and the number of the others."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
