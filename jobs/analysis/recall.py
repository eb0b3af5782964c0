"""Recall at k of a retrieval whose scores may tie: the chance that a right item is among the k best.

Of the items, `better` have a higher score than the best right one and are all wrong. `right` right items and `tied`
wrong ones have its score. If they are put in a random order, none of the right ones is among the first
m = k - better of them with probability C(tied, m) / C(tied + right, m) (hypergeometric). So no order of items matters.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import comb, fsum

KS = (1, 5, 10)
DIRECTIONS = ("text_to_image", "image_to_text")
# The metrics of both directions at each k.
RECALLS = tuple(f"{direction}_recall@{k}" for direction in DIRECTIONS for k in KS)


@dataclass(frozen=True)
class Ranked:
    """`items` queries with the same ranks; `concept` numbers a concept that they hold, and WHOLE is all of them."""

    concept: int
    better: int
    tied: int
    right: int
    items: int


@dataclass(frozen=True)
class Recall:
    """The mean over `items` queries of the chance of a right item among the k best, by k."""

    items: int
    at: Mapping[int, float]


WHOLE = -1


def chance_within(k: int, better: int, tied: int, right: int) -> float:
    """The probability that one of `right` items is among the k best, if `better` are before them and `tied` beside."""
    places = k - better
    if places <= 0:
        return 0.0
    return 1.0 if places > tied else 1 - comb(tied, places) / comb(tied + right, places)


def recalls(ranked: Iterable[Ranked]) -> dict[int, Recall]:
    """The recall of each concept, and of WHOLE; the same to the last bit in any order of `ranked`."""
    groups: dict[int, list[Ranked]] = {}
    for one in ranked:
        groups.setdefault(one.concept, []).append(one)
    return {concept: _recall(ones) for concept, ones in groups.items()}


def _recall(ones: list[Ranked]) -> Recall:
    items = sum(one.items for one in ones)
    hits = {k: fsum(one.items * chance_within(k, one.better, one.tied, one.right) for one in ones) for k in KS}
    return Recall(items, {k: hit / items for k, hit in hits.items()})
