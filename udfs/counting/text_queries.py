"""Queries as numbers: the distinct terms of a list, the keys that stand for each, and each query's terms."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from udfs.counting.arrays import Integers, RaggedArray, distinct, row_of_each
from udfs.counting.codebooks import Codebook
from udfs.counting.laid_out import Held, LaidOut
from udfs.counting.phrases import Phrases

# Stands between the keys of a term; no key has it.
BETWEEN: Final = "\x1f"


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


def number_terms(queries: pa.Table, in_order: bool = False) -> tuple[TextQueries, Codebook]:
    """The queries of a table of `udfs.text.query_columns.QUERIES` for a count, and the terms for which each key stands.

    A query that has no terms or cannot be answered holds for no sample. in_order: the terms must stand side by side.
    """
    terms = queries["terms"].combine_chunks()
    answered = queries["unanswerable"].is_null().to_numpy()[row_of_each(terms)]
    query, each = row_of_each(terms)[answered], terms.flatten().filter(pa.array(answered))
    names = pc.binary_join(each, BETWEEN).dictionary_encode()
    number, count = names.indices.to_numpy().astype(np.int64), len(names.dictionary)
    first = each.take(pa.array(np.unique(number, return_index=True)[1]))
    codes = distinct(query * np.int64(max(1, count)) + number)
    phrases = Phrases(_ragged(query, number, queries.num_rows)) if in_order else None
    sets = _ragged(*np.divmod(codes, max(1, count)), queries.num_rows)
    return TextQueries(sets, count, phrases), Codebook(first.flatten(), row_of_each(first))


def _ragged(rows: Integers, values: Integers, count: int) -> RaggedArray:
    """Lists of values by their rows, which ascend."""
    return RaggedArray(np.searchsorted(rows, np.arange(count + 1)), values.astype(np.int32))
