"""Queries as numbers: the distinct terms of a list, the keys that stand for each, and each query's terms."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from udfs.counting.arrays import RaggedArray
from udfs.counting.laid_out import Held, LaidOut
from udfs.counting.phrases import Phrases
from udfs.text.queries import Query


@dataclass(frozen=True)
class TextQueries:
    """The queries of a text search: each a list of distinct terms by number, out of `terms`.

    phrases: the terms in their order, if they must stand side by side.
    """

    queries: RaggedArray
    terms: int
    phrases: Phrases | None = None

    def held_in(self, found: LaidOut) -> Held:
        """The samples whose captions could be searched, and those that hold each query."""
        usable, terms = found.held("text", self.terms)
        queries = terms.intersections(self.queries)
        if self.phrases is not None:
            term, member, place = found.pairs["places"]
            assert place is not None
            queries = self.phrases.side_by_side(queries, term, member, place)
        return Held(usable, queries)


# The number of each distinct term, which is a set of keys.
Terms = Mapping[frozenset[str], int]


def numbered_terms(queries: Iterable[Query]) -> Terms:
    """A number for each distinct term of the queries that can be answered."""
    numbers: dict[frozenset[str], int] = {}
    for query in queries:
        for term in _terms(query):
            numbers.setdefault(term, len(numbers))
    return numbers


def term_numbers(terms: Terms) -> dict[str, list[int]]:
    """The terms for which each key stands."""
    of_key: defaultdict[str, list[int]] = defaultdict(list)
    for term, number in terms.items():
        for key in term:
            of_key[key].append(number)
    return of_key


def text_queries(queries: Sequence[Query], terms: Terms, in_order: bool = False) -> TextQueries:
    """The queries for a count; one that has no terms or cannot be answered holds for no sample.

    in_order: the terms must stand side by side.
    """
    numbers = [[terms[term] for term in _terms(query)] for query in queries]
    distinct = RaggedArray.of(sorted(set(one)) for one in numbers)
    return TextQueries(distinct, len(terms), Phrases(RaggedArray.of(numbers)) if in_order else None)


def _terms(query: Query) -> list[frozenset[str]]:
    return [] if query.unanswerable else [frozenset(term) for term in query.terms]
