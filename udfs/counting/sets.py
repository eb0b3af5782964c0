"""Sets of samples, and what is computed from them: unions, intersections, thresholds, numbers per shard.

Many sets are one ascending array of codes, set * samples + sample, none twice. A sample is its place among the samples
of a few neighbouring shards (`Places`). So an operation on all sets takes a few passes over arrays, and no loop.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from udfs.counting.arrays import Flags, Integers, RaggedArray, changes, distinct, find, highest, ranges

Scores = npt.NDArray[np.floating[Any]]

# Queries are intersected in parts whose shortest sets have about so many samples together, and sets are multiplied in
# parts of about so many products.
PART: Final = 1 << 22


@dataclass(frozen=True)
class Places:
    """The places of the samples of some shards: sample `ordinal` of shard i has the place `firsts[i] + ordinal`."""

    shards: tuple[str, ...]
    sizes: Integers

    @classmethod
    def of(cls, shards: Sequence[str], numbers: Integers, ordinals: Integers) -> Places:
        """The places of samples, by the number of each one's shard and its ordinal; the last one of each is given."""
        sizes = np.zeros(len(shards), np.int64)
        np.maximum.at(sizes, numbers, ordinals + np.int64(1))
        return cls(tuple(shards), sizes)

    @property
    def samples(self) -> int:
        """The number of places."""
        return int(self.sizes.sum())

    @property
    def firsts(self) -> Integers:
        """The first place of each shard."""
        firsts: Integers = np.cumsum(self.sizes) - self.sizes
        return firsts

    @property
    def shard_of(self) -> Integers:
        """The shard's number for each place."""
        return np.repeat(np.arange(len(self.sizes)), self.sizes)


@dataclass(frozen=True)
class Sets:
    """`count` sets of samples out of `samples`; scores: one for each code, or None."""

    count: int
    samples: int
    codes: Integers
    scores: Scores | None = None

    @classmethod
    def of(cls, sets: Integers, members: Integers, count: int, samples: int, scores: Scores | None = None) -> Sets:
        """Make the sets from pairs of a set and a member; a pair that occurs twice keeps its highest score."""
        codes = sets * np.int64(samples) + members
        if scores is None:
            return cls(count, samples, distinct(codes))
        return cls(count, samples, *highest(codes, scores))

    def split(self) -> tuple[Integers, Integers]:
        """The sets and the members, pair by pair."""
        sets = self.codes // max(1, self.samples)
        return sets, self.codes - sets * self.samples

    def above(self, threshold: float, score_type: str) -> Sets:
        """The members whose score is strictly above the threshold, both rounded to `score_type`."""
        assert self.scores is not None
        kept = self.scores.astype(score_type) > np.dtype(score_type).type(threshold)
        return Sets(self.count, self.samples, self.codes[kept])

    def both(self, other: Sets) -> Sets:
        """The members that both have, set by set."""
        return Sets(self.count, self.samples, self.codes[find(other.codes, self.codes)[0]])

    def beside(self, other: Sets) -> Sets:
        """These sets, and after them those of `other`, without scores."""
        moved = other.codes + self.count * np.int64(self.samples)
        return Sets(self.count + other.count, self.samples, np.concatenate([self.codes, moved]))

    def without(self, other: Sets) -> Sets:
        """The members that `other` does not have, set by set."""
        kept = np.ones(len(self.codes), bool)
        kept[find(other.codes, self.codes)[0]] = False
        return Sets(self.count, self.samples, self.codes[kept])

    def among(self, wanted: Flags) -> Sets:
        """The sets that `wanted` flags; the others lose their members."""
        return Sets(self.count, self.samples, self.codes[wanted[self.split()[0]]])

    def any(self) -> Flags:
        """For each sample, whether it is a member of some set."""
        held = np.zeros(self.samples, bool)
        held[self.split()[1]] = True
        return held

    def unions(self, groups: RaggedArray) -> Sets:
        """For each group, a list of sets, the samples that are members of some of them, with their highest score."""
        sets, members = self.split()
        pairs, own = groups.inverted(self.count).pick(sets)
        scores = None if self.scores is None else self.scores[pairs]
        return Sets.of(own, members[pairs], groups.count, self.samples, scores)

    def intersections(self, queries: RaggedArray) -> Sets:
        """For each query, a list of distinct sets, the samples that are members of all of them; none of no sets."""
        starts = np.searchsorted(self.codes, np.arange(self.count + 1) * np.int64(self.samples))
        query, term = queries.pick(np.arange(len(queries.starts) - 1))
        sizes = np.diff(starts)[term]
        # The smallest set of a query comes first.
        term = term[np.lexsort((sizes, query))]
        lengths = np.diff(queries.starts)
        answered: Integers = np.flatnonzero(lengths)
        first = queries.starts[answered]
        answered = answered[np.diff(starts)[term[first]] > 0]
        smallest = np.diff(starts)[term[queries.starts[answered]]]
        found = [self.codes[:0]]
        for part in parts(smallest):
            owners, places = ranges(starts[term[queries.starts[answered[part]]]], smallest[part])
            found.append(self._narrowed(queries, term, lengths, answered[part][owners], self.codes[places]))
        return Sets(len(lengths), self.samples, np.concatenate(found))

    def _narrowed(
        self, queries: RaggedArray, term: Integers, lengths: Integers, query: Integers, codes: Integers
    ) -> Integers:
        """The codes of (query, member) pairs, members of each query's smallest set, that all its sets have."""
        members = codes % max(1, self.samples)
        for step in range(1, int(lengths[query].max(initial=0))):
            open_ends = np.flatnonzero(lengths[query] > step)
            wanted = term[queries.starts[query[open_ends]] + step] * np.int64(self.samples) + members[open_ends]
            kept = lengths[query] <= step
            kept[open_ends[find(self.codes, wanted)[0]]] = True
            query, members = query[kept], members[kept]
        return query * np.int64(self.samples) + members

    def per_shard(self, places: Places) -> tuple[Integers, Integers, Integers]:
        """The number of members by shard and set, as (shard, set, members), by shard and then by set; no zeros."""
        sets, members = self.split()
        groups = sets * len(places.shards) + places.shard_of[members]
        starts = np.flatnonzero(changes(groups))
        numbers = np.diff(np.append(starts, len(groups)))
        sets, shards = np.divmod(groups[starts], max(1, len(places.shards)))
        order = np.argsort(shards, kind="stable")
        return shards[order], sets[order], numbers[order]


def parts(sizes: Sequence[int] | Integers) -> list[slice]:
    """Consecutive slices of `sizes` that sum up to PART at most, or hold one number."""
    ends = np.cumsum(sizes)
    found, start = [], 0
    while start < len(ends):
        before = ends[start - 1] if start else 0
        end = max(start + 1, int(np.searchsorted(ends, before + PART, side="right")))
        found.append(slice(start, end))
        start = end
    return found


def flagged_per_shard(flags: Flags, places: Places) -> Integers:
    """The number of flagged samples of each shard."""
    before, ends = np.append(0, np.cumsum(flags)), np.cumsum(places.sizes)
    return before[ends] - before[ends - places.sizes]
