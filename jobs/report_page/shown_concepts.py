"""Which concepts a page holds: the most frequent of each search, so that a page of half a million still opens."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from jobs.report_page.data import SearchCounts
from jobs.results.fits.fitted import Fitted

# With four corpora and seven searches of each, this many concepts take about 2 MB of a page.
MOST = 10_000


@dataclass(frozen=True)
class ShownConcepts:
    """`names` as they are counted, sorted; `concepts` is the number of all of them.

    Of each search, the `ranked` most frequent concepts are shown, with others beside them.
    """

    names: tuple[str, ...]
    concepts: int
    ranked: int

    @property
    def all_shown(self) -> bool:
        """Whether no concept is left out."""
        return len(self.names) == self.concepts


def shown_concepts(searches: Sequence[SearchCounts], fits: Sequence[Fitted], most: int = MOST) -> ShownConcepts:
    """At most `most` concepts: all if they are so few, else the most frequent of each search and some with a score.

    Concepts with a score take at most half of the places.
    """
    counted = {concept.name for counts in searches for concept in counts.concepts}
    if len(counted) <= most:
        return ShownConcepts(tuple(sorted(counted)), len(counted), len(counted))
    scored = {name for fit in fits for name in fit.item.names} & counted
    kept = frozenset(sorted(scored)[: most // 2])
    ranked, names = most, kept | _first(searches, most)
    while len(names) > most:
        ranked = ranked * 4 // 5
        names = kept | _first(searches, ranked)
    return ShownConcepts(tuple(sorted(names)), len(counted), ranked)


def _first(searches: Sequence[SearchCounts], ranked: int) -> frozenset[str]:
    return frozenset(name for counts in searches for name, _ in counts.ranked[:ranked])
