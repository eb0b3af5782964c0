"""Keeps the samples in which the terms of a query stand side by side, in its order."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from udfs.counting.arrays import Integers, RaggedArray, distinct, find, ranges
from udfs.counting.sets import Sets


@dataclass(frozen=True)
class Phrases:
    """Each query's terms, as numbers, in the order in which they must stand; a term may occur more than once."""

    terms: RaggedArray

    def side_by_side(self, holding: Sets, term: Integers, member: Integers, place: Integers) -> Sets:
        """The members of `holding`, which hold all terms of a query, whose terms stand at places p, p + 1, ...

        term, member, place: every occurrence of a term in a sample, in any order.
        """
        queries, members = holding.split()
        lengths = self.terms.lengths(queries)
        span = int(place.max(initial=0) + lengths.max(initial=0)) + 1
        stands = distinct((term * np.int64(holding.samples) + member) * span + place)
        first = self.terms.values[self.terms.starts[queries]]
        starts = (first * np.int64(holding.samples) + members) * span
        low, high = np.searchsorted(stands, starts), np.searchsorted(stands, starts + span)
        owners, at = ranges(low, high - low)
        begins = stands[at] % span
        for step in range(1, int(lengths.max(initial=0))):
            longer = np.flatnonzero(lengths[owners] > step)
            owner = owners[longer]
            following = self.terms.values[self.terms.starts[queries[owner]] + step]
            wanted = (following * np.int64(holding.samples) + members[owner]) * span + begins[longer] + step
            goes_on = lengths[owners] <= step
            goes_on[longer[find(stands, wanted)[0]]] = True
            owners, begins = owners[goes_on], begins[goes_on]
        return Sets(holding.count, holding.samples, holding.codes[distinct(owners)])
