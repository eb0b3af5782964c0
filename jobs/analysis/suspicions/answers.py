"""The rule about concepts that a search cannot answer, whatever was counted for them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from jobs.analysis.suspicions.suspicion import Count, Suspicion, decades, suspicion, typical_decades


def unanswerable(counts: Sequence[Count]) -> Iterator[Suspicion]:
    """Concepts of one question whose frequency is meaningless, because the search could not look for them.

    Text and integrated search need nouns; image search cannot answer only if it has no frequency. A frequency above 0
    counts something else. A frequency that is 0 or missing may be off by as much as a typical concept's frequency.
    """
    typical = typical_decades(counts)
    for count in counts:
        if count.unanswerable and (count.question.search != "image" or count.frequency is None):
            off = decades(count.frequency) or typical
            yield suspicion("unanswerable", count, None, 1, off, f"{count.unanswerable}: {_consequence(count)}")


def _consequence(count: Count) -> str:
    if count.frequency is None:
        return "it has no frequency and is in no fit"
    if count.frequency == 0:
        return "its frequency of 0 says nothing about the corpus"
    return f"the {count.frequency:,} samples found hold something else"
