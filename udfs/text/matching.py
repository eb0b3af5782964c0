"""Which queries a caption holds, in a time that does not grow with the length of the list.

The distinct terms of all queries are numbered, the rarest in the list first, and the queries kept in a trie
over their sorted term numbers. A caption's keys give its term numbers, and only the paths of the trie that
consist of those are followed: a concept whose rarest term is absent costs nothing, and two thousand that
share one cost nothing either unless a second term is there. What is followed depends on the caption, not on
the list.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from udfs.text.modes import Mode
from udfs.text.nouns import MATCHES
from udfs.text.queries import Query
from udfs.text.substrings import SubstringMatcher

_NOTHING: Final[tuple[int, ...]] = ()


def make_matcher(queries: Sequence[Query], mode: Mode, ignore_case: bool = False) -> Matcher | SubstringMatcher:
    """What answers `queries`, made under this mode, from its index; `ignore_case` matters to `substring` only."""
    if mode == "substring":
        return SubstringMatcher(queries, ignore_case)
    # Their terms are asked of other keys, in the same way.
    return Matcher(queries, "strict" if mode in ("any_pos", "raw") else mode)


class Matcher:
    """All queries of a list, ready to be asked about captions.

    strict: for every term one of its candidates is among the caption's keys, lower-cased. paper: the same
    with the keys' case kept; resolve absent terms first. phrase: as strict, and the terms stand at positions
    p, p+1, ... in order. A query without terms, or that is unanswerable, holds for no caption.
    """

    def __init__(self, queries: Sequence[Query], mode: Mode) -> None:
        if mode not in MATCHES:
            raise ValueError(f"mode is {mode!r}: expected one of {', '.join(MATCHES)}")
        self._mode = mode
        numbers = _by_rarity(queries)
        self._terms_of_key: dict[str, tuple[int, ...]] = _invert(numbers)
        self._children: list[dict[int, int] | None] = [None]
        self._held: list[list[int] | None] = [None]
        self._phrases: dict[int, tuple[int, ...]] = {}
        for number, query in enumerate(queries):
            if _can_hold(query):
                terms = tuple(numbers[frozenset(term)] for term in query.terms)
                self._insert(number, sorted(set(terms)))
                if mode == "phrase" and len(terms) > 1:
                    self._phrases[number] = terms

    def match(self, keys: Sequence[str], positions: Sequence[int]) -> list[int]:
        """The sorted indices of the queries that a caption with these noun keys (case kept) holds.

        positions: one a key; they matter in phrase mode only.
        """
        if self._mode != "paper":
            keys = [key.lower() for key in keys]
        terms = sorted({term for key in keys for term in self._terms_of_key.get(key, _NOTHING)})
        found = sorted(self._walk(terms)) if terms else []
        if self._phrases and found:
            places = self._places(keys, positions)
            found = [number for number in found if self._stands(number, places)]
        return found

    def _insert(self, number: int, terms: list[int]) -> None:
        node = 0
        for term in terms:
            children = self._children[node]
            if children is None:
                children = self._children[node] = {}
            if term not in children:
                children[term] = len(self._held)
                self._held.append(None)
                self._children.append(None)
            node = children[term]
        held = self._held[node]
        if held is None:
            held = self._held[node] = []
        held.append(number)

    def _walk(self, terms: list[int]) -> Iterator[int]:
        """Every query whose term numbers are all in `terms`, a sorted list without repeats."""
        present = set(terms)
        nodes = [0]
        while nodes:
            node = nodes.pop()
            yield from self._held[node] or _NOTHING
            children = self._children[node]
            if children is None:
                continue
            if len(children) < len(terms):
                nodes += [child for term, child in children.items() if term in present]
            else:
                nodes += [children[term] for term in terms if term in children]

    def _places(self, keys: Sequence[str], positions: Sequence[int]) -> dict[int, set[int]]:
        places: defaultdict[int, set[int]] = defaultdict(set)
        for key, position in zip(keys, positions, strict=True):
            for term in self._terms_of_key.get(key, _NOTHING):
                places[term].add(position)
        return places

    def _stands(self, number: int, places: dict[int, set[int]]) -> bool:
        """Whether the terms of a query are at p, p+1, ... for some p; a single term needs no place."""
        terms = self._phrases.get(number)
        if terms is None:
            return True
        return any(all(p + i in places[term] for i, term in enumerate(terms)) for p in places[terms[0]])


def _can_hold(query: Query) -> bool:
    return query.unanswerable is None and bool(query.terms)


def _by_rarity(queries: Iterable[Query]) -> dict[frozenset[str], int]:
    """A number for each distinct term (a set of candidate keys), the one in the fewest queries first."""
    counts: Counter[frozenset[str]] = Counter()
    for query in queries:
        if _can_hold(query):
            counts.update({frozenset(term) for term in query.terms})
    # Ties go by spelling, so that the same list gives the same numbers in every process.
    ordered = sorted(counts, key=lambda term: (counts[term], sorted(term)))
    return {term: number for number, term in enumerate(ordered)}


def _invert(numbers: dict[frozenset[str], int]) -> dict[str, tuple[int, ...]]:
    terms_of_key: defaultdict[str, list[int]] = defaultdict(list)
    for term, number in numbers.items():
        for key in term:
            terms_of_key[key].append(number)
    return {key: tuple(terms) for key, terms in terms_of_key.items()}
