"""A trie over sets of numbers, stored as arrays: it finds the sets that each row of a batch contains.

All rows descend together, level by level. At a node a row follows the shorter of two lists: the node's children, or the
numbers that the row has left. So the work depends on the row and not on the number of sets.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from udfs.counting.arrays import Integers, RaggedArray, find, ranges


@dataclass(frozen=True)
class Trie:
    """Sets of numbers below `numbers` as paths of ascending numbers.

    Node 0 is the root. `edges` has parent * numbers + number, ascending, and edge e leads to node e + 1; those of a
    node n are `edges[starts[n]:starts[n + 1]]`. `first` is the root's child for each number, 0 if there is none.
    `held` has the sets that end at each node.
    """

    numbers: int
    edges: Integers
    starts: Integers
    first: Integers
    held: RaggedArray

    @classmethod
    def build(cls, sets: RaggedArray, numbers: int) -> Trie:
        """Build the trie from lists of ascending numbers, each number at most once; an empty list is never found."""
        lengths = np.diff(sets.starts)
        nodes: Integers = np.zeros(len(lengths), np.int64)
        levels = [np.zeros(0, np.int64)]
        count, depth = 0, 0
        going: Integers = np.flatnonzero(lengths)
        while len(going):
            steps = nodes[going] * numbers + sets.values[sets.starts[going] + depth]
            level, step = np.unique(steps, return_inverse=True)
            levels.append(level)
            nodes[going] = count + 1 + step
            count, depth = count + len(level), depth + 1
            going = going[lengths[going] > depth]
        edges = np.concatenate(levels)
        starts = np.searchsorted(edges, np.arange(count + 2) * numbers)
        first: Integers = np.zeros(numbers, np.int64)
        first[edges[: starts[1]]] = np.arange(1, starts[1] + 1)
        ending = np.flatnonzero(nodes)
        return cls(numbers, edges, starts, first, RaggedArray.grouped(nodes[ending], ending, count + 1))

    def within(self, rows: Integers, numbers: Integers) -> tuple[Integers, Integers]:
        """Every (row, set) pair such that the row has all numbers of the set, in no particular order.

        The rows' numbers are given as (row, number) pairs in ascending order, none twice.
        """
        ends = np.searchsorted(rows, np.arange(rows[-1] + 1 if len(rows) else 0), side="right")
        walk = _Walk(self, rows, numbers, rows * self.numbers + numbers, ends)
        nodes = self.first[numbers]
        places: Integers = np.flatnonzero(nodes)
        nodes = nodes[places]
        found = [(rows[:0], self.held.values[:0])]
        while len(nodes):
            owners, sets = self.held.pick(nodes)
            found.append((rows[places[owners]], sets))
            places, nodes = walk.deeper(places, nodes)
        return np.concatenate([pair[0] for pair in found]), np.concatenate([pair[1] for pair in found])


@dataclass(frozen=True)
class _Walk:
    """A batch during its descent: the rows' numbers, as pairs and as codes, and the end of each row."""

    trie: Trie
    rows: Integers
    numbers: Integers
    codes: Integers
    ends: Integers

    def deeper(self, places: Integers, nodes: Integers) -> tuple[Integers, Integers]:
        """One level down from `nodes`, each of which was reached by the number at one of `places` in the batch."""
        children = self.trie.starts[nodes + 1] - self.trie.starts[nodes]
        left = self.ends[self.rows[places]] - places - 1
        open_ends = (children > 0) & (left > 0)
        by_child = np.flatnonzero(open_ends & (children <= left))
        by_number = np.flatnonzero(open_ends & (children > left))
        found = (
            self._try_children(places[by_child], nodes[by_child], children[by_child]),
            self._try_numbers(places[by_number], nodes[by_number], left[by_number]),
        )
        return np.concatenate([pair[0] for pair in found]), np.concatenate([pair[1] for pair in found])

    def _try_children(self, places: Integers, nodes: Integers, children: Integers) -> tuple[Integers, Integers]:
        owners, edges = ranges(self.trie.starts[nodes], children)
        numbers = self.trie.edges[edges] - nodes[owners] * self.trie.numbers
        there, reached = find(self.codes, self.rows[places][owners] * self.trie.numbers + numbers)
        return reached, edges[there] + 1

    def _try_numbers(self, places: Integers, nodes: Integers, left: Integers) -> tuple[Integers, Integers]:
        owners, tried = ranges(places + 1, left)
        there, edges = find(self.trie.edges, nodes[owners] * self.trie.numbers + self.numbers[tried])
        return tried[there], edges + 1
