"""Rules about what samples mean: images that seldom show what captions name, and names with the same samples."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import log10

import numpy as np

from jobs.analysis.suspicions.chance import tail
from jobs.analysis.suspicions.suspicion import LARGE, Count, Question, Suspicion, decades, in_words, suspicion
from udfs.text.spellings import spelling

Questions = Mapping[Question, Sequence[Count]]

# Peers are judged together if there are so many of them.
ENOUGH = 20
# P(image | text) is far below that of its peers if it lies so many of their spreads, and also this factor, below it.
# A third spread would leave out jaguar and bass of LAION-400M (docs/audit.md).
SPREADS = 2.0
FACTOR = 2.0
# Chance must give so few of the samples that both searches find, if P(image | text) were at the limit.
IMPROBABLE = 0.001
# Two names have nearly the same samples if so large a share of those that hold one of them hold both.
NEARLY_EQUAL = 0.9


@dataclass(frozen=True)
class SharedSamples:
    """Two concepts of one search with the numbers of samples that hold both, and at least one of them.

    searched: the samples among which they were counted, which may be a part of the corpus.
    """

    first: Count
    second: Count
    both: int
    either: int
    searched: int

    @property
    def jaccard(self) -> float:
        """The share of the samples of either that hold both: Jaccard's index of the two sets."""
        return self.both / self.either


@dataclass(frozen=True)
class _Named:
    """A concept that captions name: samples by text and by image search, and those that both find."""

    count: Count
    text: int
    image: int
    both: int

    @property
    def shown(self) -> float:
        """log10 of P(image | text); half a sample is added to those found, and half to the others."""
        return log10((self.both + 0.5) / (self.text + 1))


def ambiguous(questions: Questions) -> Iterator[Suspicion]:
    """Names of one corpus that images show far more rarely than those of their peers: most captions mean another thing.

    P(image | text) is integrated frequency by text frequency, at the highest threshold. Peers are concepts whose text
    frequency has as many digits, because the share grows with frequency. Only concepts that images show at least as
    often as captions name them are judged and are peers: of the others, images could not show all that captions name,
    or the tagger does not know them. "Far below" means two robust standard deviations of log10 P(image | text) among
    peers, at least a factor of 2, and more than chance explains.
    """
    for question in (question for question in questions if question.search == "integrated"):
        thresholds = (other.threshold or 0 for other in questions if other.search == "integrated")
        if question.threshold == max(thresholds):
            for peers in _peers(_named(question, questions)):
                yield from _far_below(peers, question)


def duplicated(pairs: Sequence[SharedSamples]) -> Iterator[Suspicion]:
    """Names whose sets of samples are nearly equal: one thing in the corpus, and two concepts in a fit.

    Names that differ in their spelling only are another kind.
    """
    partners: dict[Count, list[SharedSamples]] = {}
    for pair in pairs:
        alike = spelling(pair.first.concept) == spelling(pair.second.concept)
        if pair.either >= LARGE and pair.jaccard >= NEARLY_EQUAL and not alike:
            partners.setdefault(pair.first, []).append(pair)
            partners.setdefault(pair.second, []).append(pair)
    for count, shared in partners.items():
        yield _sharing_samples(count, shared)


def _named(question: Question, questions: Questions) -> list[_Named]:
    """The concepts of an integrated search that its text search finds often enough, and image search as often."""
    text: dict[str, Count] = {}
    image: dict[str, int] = {}
    for other, counts in questions.items():
        if other.search == "text" and other.method == question.method:
            text |= {count.concept: count for count in counts if count.frequency is not None}
        if other.search == "image" and other.threshold == question.threshold:
            image |= {count.concept: count.frequency or 0 for count in counts}
    found: dict[str, _Named] = {}
    for both in questions[question]:
        said = text.get(both.concept)
        if said and said.frequency and both.frequency is not None:
            shown = image.get(both.concept, 0)
            if LARGE <= said.frequency <= shown:
                one = _Named(said, said.frequency, shown, min(both.frequency, said.frequency))
                found[both.concept] = max(one, found.get(both.concept, one), key=lambda named: named.both)
    return list(found.values())


def _peers(named: Sequence[_Named]) -> Iterator[list[_Named]]:
    """Concepts whose text frequencies have as many digits, if there are enough of them."""
    groups: dict[int, list[_Named]] = {}
    for one in named:
        groups.setdefault(len(str(one.text)), []).append(one)
    return (groups[digits] for digits in sorted(groups) if len(groups[digits]) >= ENOUGH)


def _far_below(peers: Sequence[_Named], question: Question) -> Iterator[Suspicion]:
    shown = np.array([one.shown for one in peers])
    middle = float(np.median(shown))
    limit = max(SPREADS * 1.4826 * float(np.median(np.abs(shown - middle))), log10(FACTOR))
    least = 10 ** (middle - limit)
    for one in peers:
        share = one.both / one.text
        if share < least and tail(one.both, one.text, least) < IMPROBABLE:
            reason = (
                f"images show {one.count.concept} in {share:.2g} of the {one.text:,} samples whose captions name it, "
                f"and in {10**middle:.2g} for the median concept as frequent: most captions may mean something else"
            )
            yield suspicion("ambiguous", one.count, f"{question}: {one.both}", 1, middle - one.shown, reason)


def _sharing_samples(count: Count, shared: Sequence[SharedSamples]) -> Suspicion:
    closest = sorted(shared, key=lambda pair: -pair.jaccard)
    others = [(pair.second if pair.first == count else pair.first).concept for pair in closest]
    first = closest[0]
    reason = (
        f"{count.concept} and {others[0]} are in the same samples: {first.both:,} of {first.either:,} that hold one of "
        f"them hold both, among {first.searched:,}: a fit has one thing {len(others) + 1} times"
    )
    return suspicion("duplicated", count, in_words(others), len(others) + 1, decades(count.frequency), reason)
