"""Finds the queries that the captions of a batch hold, in a time that does not grow with the length of the list.

The distinct terms of all queries are numbered, the rarest in the list first, and a trie holds each query as its sorted
term numbers. A caption's keys give its term numbers, and only paths of the trie that consist of these are followed. A
concept whose rarest term is absent costs nothing; two thousand concepts that share a term cost nothing either unless a
second term is present. The work depends on the caption, not on the list.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np
import pyarrow as pa

from udfs.counting.arrays import Integers, RaggedArray, distinct, find, ranges, row_of_each
from udfs.counting.codebooks import Codebook
from udfs.text.modes import Mode
from udfs.text.nouns import MATCHES
from udfs.text.queries import Query
from udfs.text.substrings import SubstringMatcher
from udfs.text.tries import Trie

_POSITIONS: Final = pa.list_(pa.int32())


def make_matcher(queries: Sequence[Query], mode: Mode, ignore_case: bool = False) -> Matcher | SubstringMatcher:
    """The matcher for `queries` that were made under this mode; `ignore_case` matters to `substring` only."""
    if mode == "substring":
        return SubstringMatcher(queries, ignore_case)
    # These modes search other keys in the same way as strict.
    return Matcher(queries, "strict" if mode in ("any_pos", "raw") else mode)


class Matcher:
    """Matches captions against all queries of a list.

    strict: every term has a candidate among the caption's keys, lower-cased. paper: the same with the keys' case kept;
    resolve absent terms first. phrase: as strict, and the terms stand at positions p, p+1, ... in order. A query that
    has no terms or is unanswerable holds for no caption.

    A matcher keeps arrays, not queries, and is pickled as arrays.
    """

    def __init__(self, queries: Sequence[Query], mode: Mode) -> None:
        if mode not in MATCHES:
            raise ValueError(f"mode is {mode!r}: expected one of {', '.join(MATCHES)}")
        self._lower = mode != "paper"
        numbers = numbered_terms(queries)
        self._terms_of_key = Codebook(_invert(numbers))
        terms = [[numbers[frozenset(term)] for term in query.terms] if _can_hold(query) else [] for query in queries]
        self._trie = Trie.build(RaggedArray.of(sorted(set(one)) for one in terms), len(numbers))
        self._phrases = RaggedArray.of(terms) if mode == "phrase" else None

    def match(self, keys: Sequence[str], positions: Sequence[int]) -> list[int]:
        """The sorted indices of the queries that one caption holds; see `match_batch`."""
        _, queries = self.match_batch(pa.array([keys], pa.list_(pa.string())), pa.array([positions], _POSITIONS))
        return [int(number) for number in np.sort(queries)]

    def match_batch(self, keys: pa.ListArray, positions: pa.ListArray | None) -> tuple[Integers, Integers]:
        """Every (row, index of a query that its caption holds) pair, none twice, in no particular order.

        keys: those of each caption, case kept, as strings or dictionary-encoded; a null list holds nothing.
        positions: one per key; they matter in phrase mode only.
        """
        tokens, terms = self._terms_of_key.find(keys.flatten(), self._lower)
        codes = row_of_each(keys)[tokens] * self._trie.numbers + terms
        rows, queries = self._trie.within(*_split(distinct(codes), self._trie.numbers))
        if self._phrases is None or positions is None:
            return rows, queries
        places = positions.flatten().to_numpy()[tokens]
        return self._side_by_side(rows, queries, codes, places.astype(np.int64))

    def _side_by_side(
        self, rows: Integers, queries: Integers, codes: Integers, places: Integers
    ) -> tuple[Integers, Integers]:
        """The pairs whose terms stand at p, p+1, ... for some p; `codes` are the terms that stand at `places`."""
        assert self._phrases is not None
        lengths = self._phrases.lengths(queries)
        span = int(places.max(initial=0) + lengths.max(initial=0)) + 1
        stands = distinct(codes * span + places)
        starts = (rows * self._trie.numbers + self._phrases.values[self._phrases.starts[queries]]) * span
        low, high = np.searchsorted(stands, starts), np.searchsorted(stands, starts + span)
        owners, found = ranges(low, high - low)
        begins = stands[found] % span
        for step in range(1, int(lengths.max(initial=0))):
            longer = np.flatnonzero(lengths[owners] > step)
            owner = owners[longer]
            term = self._phrases.values[self._phrases.starts[queries[owner]] + step]
            wanted = (rows[owner] * self._trie.numbers + term) * span + begins[longer] + step
            goes_on = lengths[owners] <= step
            goes_on[longer[find(stands, wanted)[0]]] = True
            owners, begins = owners[goes_on], begins[goes_on]
        kept = distinct(owners)
        return rows[kept], queries[kept]


def _split(codes: Integers, numbers: int) -> tuple[Integers, Integers]:
    rows = codes // max(1, numbers)
    return rows, codes - rows * numbers


def _can_hold(query: Query) -> bool:
    return query.unanswerable is None and bool(query.terms)


def numbered_terms(queries: Iterable[Query]) -> dict[frozenset[str], int]:
    """A number for each distinct term (a set of candidate keys), the one in the fewest queries first."""
    counts: Counter[frozenset[str]] = Counter()
    for query in queries:
        if _can_hold(query):
            counts.update({frozenset(term) for term in query.terms})
    # Spelling breaks ties, so that the same list gives the same numbers in every process.
    ordered = sorted(counts, key=lambda term: (counts[term], sorted(term)))
    return {term: number for number, term in enumerate(ordered)}


def _invert(numbers: dict[frozenset[str], int]) -> dict[str, list[int]]:
    terms_of_key: defaultdict[str, list[int]] = defaultdict(list)
    for term, number in numbers.items():
        for key in term:
            terms_of_key[key].append(number)
    return terms_of_key
