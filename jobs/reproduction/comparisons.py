"""The paper's other analyses: corpora against each other, the long tail, and Let it Wag! against a usual set."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from jobs.analysis.agreement import FrequencyAgreement, Piece, agreement, by_name, each_once, two_pieces
from jobs.analysis.tail import Tail, long_tail
from jobs.reproduction.published_rows import SEARCHES, PerformanceMeasure, PublishedResults, Search
from jobs.settings.protocols import Pools, Wag


@dataclass(frozen=True)
class Crossing:
    """Two corpora under one search: frequencies paired by concept, and the result of pairing by position instead."""

    search: str
    threshold: float | None
    corpora: tuple[str, str]
    distinct: tuple[int, int]
    """The numbers of distinct concepts with counts in each corpus."""
    by_concept: FrequencyAgreement
    by_position: FrequencyAgreement


@dataclass(frozen=True)
class LongTail:
    """A search's frequencies and their order, which holds indices into `names`, `sets` and `frequency` (n,)."""

    search: Search
    names: tuple[str, ...]
    sets: tuple[str, ...]
    frequency: tuple[int, ...]
    tail: Tail


@dataclass(frozen=True)
class WagPoint:
    """A model's mean accuracy over the classes of both sets, in the published unit."""

    model: str
    against: float
    wag: float


@dataclass(frozen=True)
class WagFit:
    """Models that were measured on both sets, with a line below and one above the split."""

    settings: Wag
    points: tuple[WagPoint, ...]
    classes: tuple[int, int]
    """The numbers of classes of the usual set and of the rare one."""
    below: Piece
    above: Piece
    alone: tuple[str, ...]
    """Models that were measured on only one of the two."""
    stated: tuple[str, ...]
    """Models whose mean on the usual set the protocol states, because its classes were not published."""

    @property
    def left_out(self) -> str | None:
        """In words, the models that are left out and why; None if there are none."""
        if not self.alone:
            return None
        sets = f"{self.settings.against} and {self.settings.set}"
        return f"{len(self.alone)} models were measured on only one of {sets}: {', '.join(self.alone)}"


def figure_searches(published: PublishedResults, pools: Pools) -> dict[str, dict[str, Search]]:
    """Search name -> corpus -> the search of the figures: text, image and integrated at the pools' threshold.

    Corpora are in the order of the pools, followed by others.
    """
    order = {corpus: place for place, corpus in enumerate(pools.classification.corpora)}
    found: dict[str, dict[str, Search]] = {name: {} for name in SEARCHES}
    for search in sorted(published.counts, key=lambda s: (order.get(s.corpus, len(order)), s.corpus)):
        if search.name in found and search.threshold in (None, pools.threshold):
            found[search.name][search.corpus] = search
    return found


def cross_corpora(published: PublishedResults, pools: Pools) -> list[Crossing]:
    """Compare every two corpora that share concepts, by name over all lists, each name once."""
    found = []
    for searches in figure_searches(published, pools).values():
        for first, second in combinations(searches, 2):
            found.append(_cross(published, searches[first], searches[second]))
    return [crossing for crossing in found if crossing.by_concept.paired]


def _cross(published: PublishedResults, first: Search, second: Search) -> Crossing:
    one, other = published.counts[first], published.counts[second]
    lists = list(each_once(one).values()), list(each_once(other).values())
    shared = min(map(len, lists))
    return Crossing(
        first.name,
        first.threshold,
        (first.corpus, second.corpus),
        (len(lists[0]), len(lists[1])),
        by_name(one, other),
        agreement(lists[0][:shared], lists[1][:shared]),
    )


def long_tails(published: PublishedResults, pools: Pools) -> list[LongTail]:
    """The tail of every figure's search, over the pooled pairs of the classification sets."""
    return [
        _tail(published, search, pools)
        for searches in figure_searches(published, pools).values()
        for search in searches.values()
        if set(pools.classification.sets_of(search.name)) & set(published.counts[search])
    ]


def _tail(published: PublishedResults, search: Search, pools: Pools) -> LongTail:
    counts = published.counts[search]
    rows = [
        (concept, name, frequency)
        for name in pools.classification.sets_of(search.name)
        for concept, frequency in sorted(counts.get(name, {}).items())
    ]
    names, sets, frequency = zip(*rows, strict=True)
    return LongTail(search, names, sets, frequency, long_tail(frequency))


def let_it_wag(published: PublishedResults, wag: Wag) -> WagFit | None:
    """Mean accuracies on the rare classes against those on the usual set; None if one of the two is absent."""
    sets = published.scores.get(PerformanceMeasure("classification", "accuracy", wag.prompt), {})
    if wag.set not in sets or wag.against not in sets:
        return None
    usual, rare = _means(sets[wag.against]), _means(sets[wag.set])
    stated = {model: mean for model, mean in wag.stated.items() if model in rare and model not in usual}
    against = usual | stated
    points = [WagPoint(model, against[model], rare[model]) for model in against.keys() & rare.keys()]
    points.sort(key=lambda point: (point.against, point.model))
    below, above = two_pieces([p.against for p in points], [p.wag for p in points], wag.split)
    classes = max(map(len, sets[wag.against].values())), max(map(len, sets[wag.set].values()))
    alone = tuple(sorted(against.keys() ^ rare.keys()))
    return WagFit(wag, tuple(points), classes, below, above, alone, tuple(sorted(stated)))


def _means(scores: Mapping[str, Mapping]) -> dict[str, float]:
    """The mean over classes of each model."""
    return {
        model: float(np.mean([score.value for score in of_model.values() if score.value is not None]))
        for model, of_model in scores.items()
    }
