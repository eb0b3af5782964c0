"""Rules that compare the searches of a corpus: frequencies of one concept that cannot all be right."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import log10

import numpy as np

from jobs.analysis.suspicions.suspicion import LARGE, Count, Question, Suspicion, decades, suspicion

Questions = Mapping[Question, Sequence[Count]]
Frequencies = dict[str, int]

# The ratio of two searches is computed from the data if both find at least this many concepts.
ENOUGH = 20
# The spread, in decades, of the ratio of text to image frequencies over concepts: 0.7 to 1.1 in the published counts.
# If there are too few concepts to measure it, the searches are assumed to agree within this spread.
ASSUMED_SPREAD = 1.0
# A frequency is suspicious if it lies this many spreads, and also this factor, below what the other search suggests.
SPREADS = 3.0
FACTOR = 2.0


@dataclass(frozen=True)
class Ratio:
    """The ratio of the frequencies of two searches over concepts: the median and the spread of its log10.

    The spread is 1.4826 times the median absolute deviation, which equals the standard deviation of normal data.
    """

    middle: float
    spread: float

    @classmethod
    def between(cls, counts: Frequencies, others: Frequencies) -> Ratio:
        """The ratio over the concepts that both searches find; fewer than ENOUGH are assumed to agree."""
        both = [(counts[name], others[name]) for name in counts if counts[name] and others.get(name)]
        if len(both) < ENOUGH:
            return cls(0.0, ASSUMED_SPREAD)
        here, there = np.array(both, dtype=np.float64).T
        ratios = np.log10(here / there)
        middle = float(np.median(ratios))
        return cls(middle, 1.4826 * float(np.median(np.abs(ratios - middle))))

    @property
    def limit(self) -> float:
        """The number of decades below the expected frequency at which a count becomes suspicious."""
        return max(SPREADS * self.spread, log10(FACTOR))


@dataclass(frozen=True)
class _Below:
    """A frequency that lies `off` decades below `expected`, which the frequency `other` under `name` suggests."""

    name: str
    other: int
    expected: float
    off: float


def low_in_one_search(questions: Questions) -> Iterator[Suspicion]:
    """Frequencies of one corpus far below what another of its searches suggests; those that are 0 are a second kind.

    The expected frequency is that of the other search times the median ratio of the two over the concepts that both
    find. "Far below" means three robust standard deviations of that ratio (in decades) and at least a factor of 2. At
    least LARGE samples must be expected, because otherwise 0 may be chance. Text search is compared with other text
    methods and with image search at its highest threshold, image search with text search, and integrated search with
    the smaller of its halves. Each concept gives one suspicion, the worst.
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
    """Integrated frequencies above the smaller of text and image, although a sample found by both is found by each."""
    known = {question: _frequencies(counts) for question, counts in questions.items()}
    for question in (question for question in questions if question.search == "integrated"):
        for name, part in _parts(question, known).items():
            for count in questions[question]:
                most = part.get(count.concept)
                if count.frequency is not None and most is not None and count.frequency > most:
                    reason = f"found {count.frequency:,} times in both together, but only {most:,} times in {name}"
                    off = decades(count.frequency) - decades(most)
                    yield suspicion("integrated_above_part", count, f"{name}: {most}", 1, off, reason)


def _frequencies(counts: Sequence[Count]) -> Frequencies:
    """The frequency of each name; the largest if lists differ."""
    found: Frequencies = {}
    for count in counts:
        if count.frequency is not None:
            found[count.concept] = max(count.frequency, found.get(count.concept, 0))
    return found


def _comparable(question: Question, known: Mapping[Question, Frequencies]) -> dict[str, Frequencies]:
    """The frequencies with which those of `question` are compared, by the name of the other search."""
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
        f"{count.frequency:,} in {count.question}, but {below.other:,} in {below.name}, which suggests about "
        f"{below.expected:,.0f} here: one of the two looked for something else"
    )
    return suspicion(kind, count, f"{below.name}: {below.other}", 1, below.off, reason)
