"""Finds the queries that one caption holds, as a count finds them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from udfs.counting.sets import Sets
from udfs.counting.text_queries import number_terms
from udfs.text.modes import Mode
from udfs.text.queries import Query
from udfs.text.query_columns import as_columns
from udfs.text.substrings import SubstringMatcher


def make_matcher(queries: Sequence[Query], mode: Mode, ignore_case: bool = False) -> Matcher | SubstringMatcher:
    """The matcher for `queries` that were made under this mode; `ignore_case` matters to `substring` only."""
    return SubstringMatcher(queries, ignore_case) if mode == "substring" else Matcher(queries, mode)


class Matcher:
    """Matches captions, one at a time, against all queries of a list.

    Every term has a candidate among the caption's keys, lower-cased except under `paper`. Under `phrase` the terms also
    stand at positions p, p+1, ... in order. A query that has no terms or is unanswerable holds for no caption.
    """

    def __init__(self, queries: Sequence[Query], mode: Mode) -> None:
        self._lower = mode != "paper"
        self._queries, self._terms_of_key = number_terms(as_columns(queries), in_order=mode == "phrase")

    def match(self, keys: Sequence[str], positions: Sequence[int]) -> list[int]:
        """The sorted indices of the queries that a caption holds; it has one position per key."""
        at, term = self._terms_of_key.find(pa.array(keys, pa.string()), self._lower)
        sample = np.zeros(len(term), np.int64)
        held = Sets.of(term, sample, self._queries.terms, 1).intersections(self._queries.queries)
        if self._queries.phrases is not None:
            held = self._queries.phrases.side_by_side(held, term, sample, np.array(positions, np.int64)[at])
        return [int(query) for query in held.split()[0]]
