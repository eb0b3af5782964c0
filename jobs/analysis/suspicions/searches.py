"""One concept under the several searches of a corpus: frequencies that cannot all be right."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import log10

import numpy as np

from jobs.analysis.suspicions.findings import LARGE, Count, Question, Suspicion, decades, finding

Questions = Mapping[Question, Sequence[Count]]
Frequencies = dict[str, int]

# Concepts that both searches find, from which on their ratio is taken from the data.
ENOUGH = 20
# Decades by which the ratio of text and image frequencies spreads over concepts: 0.7 to 1.1 in the published counts.
# Where there are too few concepts to measure it, the searches are taken to agree within it.
ASSUMED_SPREAD = 1.0
# A frequency this many spreads below what the other search lets expect is suspicious, if also by this factor.
SPREADS = 3.0
FACTOR = 2.0


@dataclass(frozen=True)
class Ratio:
    """How the frequencies of one search relate to those of another: log10 of the ratio, its median and spread.

    The spread is 1.4826 times the median absolute deviation, which is the standard deviation of a normal law.
    """

    middle: float
    spread: float

    @classmethod
    def between(cls, counts: Frequencies, others: Frequencies) -> Ratio:
        """Over the concepts that both searches find; agreement is assumed where those are fewer than ENOUGH."""
        both = [(counts[name], others[name]) for name in counts if counts[name] and others.get(name)]
        if len(both) < ENOUGH:
            return cls(0.0, ASSUMED_SPREAD)
        here, there = np.array(both, dtype=np.float64).T
        ratios = np.log10(here / there)
        middle = float(np.median(ratios))
        return cls(middle, 1.4826 * float(np.median(np.abs(ratios - middle))))

    @property
    def limit(self) -> float:
        """Decades below the expected frequency from which on a count is suspicious."""
        return max(SPREADS * self.spread, log10(FACTOR))


@dataclass(frozen=True)
class _Below:
    """A frequency that is `off` decades below `expected`, which `other` (a frequency) under `name` lets expect."""

    name: str
    other: int
    expected: float
    off: float


def low_in_one_search(questions: Questions) -> Iterator[Suspicion]:
    """Frequencies of one corpus far below what another of its searches lets expect; for those that are 0 a second kind.

    Expected is the other search's frequency times the median ratio of the two over the concepts that both find. Far
    below is three robust standard deviations of that ratio (in decades) and at least a factor of 2; and at least LARGE
    samples are expected, else 0 may be chance. Text is compared with other text methods and with image search at its
    highest threshold, image search with text, integrated search with the smaller of its halves. One finding a concept:
    the worst.
    """
    known = {question: _frequencies(counts) for question, counts in questions.items()}
    for question, counts in questions.items():
        others = _comparable(question, known)
        ratios = {name: Ratio.between(known[question], found) for name, found in others.items()}
        for count in counts:
            below = _worst(count, others, ratios)
            if below:
                yield _low(count, below)


def integrated_above_part(questions: Questions) -> Iterator[Suspicion]:
    """Integrated frequencies above the smaller of text and image: a sample found in both is found in each."""
    known = {question: _frequencies(counts) for question, counts in questions.items()}
    for question in (question for question in questions if question.search == "integrated"):
        for name, part in _parts(question, known).items():
            for count in questions[question]:
                most = part.get(count.concept)
                if count.frequency is not None and most is not None and count.frequency > most:
                    reason = f"found {count.frequency:,} times in both together, but only {most:,} times in {name}"
                    off = decades(count.frequency) - decades(most)
                    yield finding("integrated_above_part", count, f"{name}: {most}", 1, off, reason)


def _frequencies(counts: Sequence[Count]) -> Frequencies:
    """The frequency of each name, the largest where lists differ."""
    found: Frequencies = {}
    for count in counts:
        if count.frequency is not None:
            found[count.concept] = max(count.frequency, found.get(count.concept, 0))
    return found


def _comparable(question: Question, known: Mapping[Question, Frequencies]) -> dict[str, Frequencies]:
    """What a frequency of `question` is compared with, by name."""
    if question.search == "integrated":
        parts = list(_parts(question, known).values())
        if len(parts) < 2:
            return {}
        names = parts[0].keys() & parts[1].keys()
        return {"the smaller of text and image": {name: min(parts[0][name], parts[1][name]) for name in names}}
    texts = {str(other): found for other, found in known.items() if other.search == "text" and other != question}
    images = [other for other in known if other.search == "image"]
    if question.search == "image" or not images:
        return texts
    strictest = max(images, key=lambda other: other.threshold or 0)
    return {**texts, str(strictest): known[strictest]}


def _parts(question: Question, known: Mapping[Question, Frequencies]) -> dict[str, Frequencies]:
    """The two halves of an integrated question, as far as they were counted."""
    return {
        str(other): found
        for other, found in known.items()
        if (other.search == "text" and other.method == question.method)
        or (other.search == "image" and other.threshold == question.threshold)
    }


def _worst(count: Count, others: Mapping[str, Frequencies], ratios: Mapping[str, Ratio]) -> _Below | None:
    if count.frequency is None:
        return None
    worst = None
    for name, frequencies in others.items():
        other = frequencies.get(count.concept, 0)
        if not other:
            continue
        expected = other * 10 ** ratios[name].middle
        off = log10(expected) - decades(count.frequency)
        if expected >= LARGE and off > ratios[name].limit and (worst is None or off > worst.off):
            worst = _Below(name, other, expected, off)
    return worst


def _low(count: Count, below: _Below) -> Suspicion:
    kind = "low_in_one_search" if count.frequency else "zero_in_one_search"
    reason = (
        f"{count.frequency:,} in {count.question}, but {below.other:,} in {below.name}, which lets expect about "
        f"{below.expected:,.0f} here: one of the two looked for something else"
    )
    return finding(kind, count, f"{below.name}: {below.other}", 1, below.off, reason)
