"""The tails of frequencies as rows: how many concepts are rare, how unequal all are, and the power law of the most
frequent ones; and corpora against each other.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from typing import Any, Final

import pyarrow as pa

from jobs.analysis.agreement import by_name, each_once
from jobs.analysis.power_law import fit_power_law
from jobs.analysis.tail import RARE, inequality
from jobs.results.counts.answers import OWN
from jobs.results.counts.counted_lists import CountedLists

SEARCH: Final = [
    ("corpus", pa.string()),
    ("source", pa.string()),
    ("search", pa.string()),
    ("threshold", pa.float64()),
]
BELOW: Final = tuple(f"below_{limit}" for limit in RARE)
TAILS: Final = pa.schema(
    [
        *SEARCH,
        ("list", pa.string()),
        ("samples", pa.int64()),
        ("concepts", pa.int64()),
        ("unanswerable", pa.int64()),
        ("zeros", pa.int64()),
        *((name, pa.float64()) for name in BELOW),
        ("gini", pa.float64()),
        ("exponent", pa.float64()),
        ("exponent_error", pa.float64()),
        ("zipf", pa.float64()),
        ("x_min", pa.int64()),
        ("in_law", pa.int64()),
        ("ks", pa.float64()),
        ("note", pa.string()),
    ]
)
ACROSS: Final = pa.schema(
    [
        *SEARCH,
        ("concepts", pa.int64()),
        ("other", pa.string()),
        ("other_source", pa.string()),
        ("other_concepts", pa.int64()),
        ("paired", pa.int64()),
        ("pearson_log", pa.float64()),
        ("spearman", pa.float64()),
    ]
)


def tail_rows(found: Sequence[CountedLists]) -> Iterator[dict[str, Any]]:
    """Rows of TAILS: for each search all lists together, each name once, and then each list if there are several."""
    for one in found:
        answered = one.answered
        everything = {concept for held in one.lists.values() for concept in held}
        key = {**_key(one), "samples": one.samples}
        if len(one.lists) > 1:
            yield {**key, "list": None, **_tail(each_once(answered), len(everything))}
        for name, held in sorted(one.lists.items()):
            yield {**key, "list": name, **_tail(answered[name], len(held))}


def across_rows(found: Sequence[CountedLists]) -> Iterator[dict[str, Any]]:
    """Rows of ACROSS: every two corpora under one search and threshold, by concept over all lists.

    Two published corpora are compared if their captions were searched by one method.
    """
    for one, other in combinations(found, 2):
        alike = (one.search, one.threshold) == (other.search, other.threshold)
        if alike and one.corpus != other.corpus and (one.source == other.source or OWN in (one.source, other.source)):
            lists, others = one.answered, other.answered
            agreed = by_name(lists, others)
            yield {
                **_key(one),
                "concepts": len(each_once(lists)),
                "other": other.corpus,
                "other_source": other.source,
                "other_concepts": len(each_once(others)),
                "paired": agreed.paired,
                "pearson_log": agreed.pearson_log,
                "spearman": agreed.spearman,
            }


def _key(one: CountedLists) -> dict[str, Any]:
    return {name: getattr(one, name) for name, _ in SEARCH}


def _tail(answered: Mapping[str, int], concepts: int) -> dict[str, Any]:
    """The columns of TAILS from `concepts` on; a note says why the others are empty."""
    numbers: dict[str, Any] = {"concepts": len(answered), "unanswerable": concepts - len(answered)}
    if not answered:
        return {**numbers, "note": "the search can answer no concept"}
    frequency = list(answered.values())
    told = inequality(frequency)
    numbers |= {"zeros": told.zeros, "gini": told.gini, **dict(zip(BELOW, told.below, strict=True))}
    try:
        law = fit_power_law(frequency)
    except ValueError as refusal:
        return {**numbers, "note": str(refusal)}
    of_law = {"exponent": law.exponent, "exponent_error": law.error, "zipf": law.zipf}
    return {**numbers, **of_law, "x_min": law.start, "in_law": law.values, "ks": law.distance}
