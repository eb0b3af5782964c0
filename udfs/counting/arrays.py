"""Lists of numbers as flat arrays, so that a batch is processed without a loop over its rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from udfs.statuses import USABLE

Integers = npt.NDArray[np.integer[Any]]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class RaggedArray:
    """Lists of different lengths in one flat array: list i is `values[starts[i]:starts[i + 1]]`."""

    starts: Integers
    values: Integers

    @classmethod
    def of(cls, lists: Iterable[Sequence[int]]) -> RaggedArray:
        """Make the array from Python lists."""
        kept = list(lists)
        lengths = np.fromiter((len(one) for one in kept), np.int64, len(kept))
        return cls(_starts(lengths), np.fromiter(chain.from_iterable(kept), np.int32, int(lengths.sum())))

    @property
    def count(self) -> int:
        """The number of lists."""
        return len(self.starts) - 1

    def lengths(self, which: Integers) -> Integers:
        """The lengths of these lists."""
        return self.starts[which + 1] - self.starts[which]

    def pick(self, which: Integers) -> tuple[Integers, Integers]:
        """Every value of these lists, as (index into `which`, value)."""
        owners, places = ranges(self.starts[which], self.lengths(which))
        return owners, self.values[places]

    def inverted(self, count: int) -> RaggedArray:
        """For each number below `count`, the lists that have it, ascending."""
        owners, values = self.pick(np.arange(self.count))
        order = np.argsort(values, kind="stable")
        return RaggedArray(np.searchsorted(values[order], np.arange(count + 1)), owners[order])


def _starts(lengths: Integers) -> Integers:
    return np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths, dtype=np.int64)])


def ranges(starts: Integers, lengths: Integers) -> tuple[Integers, Integers]:
    """The numbers starts[i], starts[i] + 1, ... of each range, as (i, number)."""
    owners = np.repeat(np.arange(len(lengths)), lengths)
    before = np.cumsum(lengths) - lengths
    return owners, np.arange(len(owners)) + np.repeat(starts - before, lengths)


def find(ascending: Integers, wanted: Integers) -> tuple[Integers, Integers]:
    """Find `wanted` numbers in `ascending`, which has no repeats: (indices into `wanted`, indices into `ascending`)."""
    if not len(ascending):
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    places = np.searchsorted(ascending, wanted)
    places[places == len(ascending)] = 0
    there = np.flatnonzero(ascending[places] == wanted)
    return there, places[there]


def distinct(numbers: Integers) -> Integers:
    """The distinct numbers, ascending; np.unique takes longer."""
    ascending = np.sort(numbers)
    return ascending[changes(ascending)]


def highest(codes: Integers, scores: npt.NDArray[np.floating[Any]]) -> tuple[Integers, npt.NDArray[np.floating[Any]]]:
    """The distinct codes, ascending, and the highest score of each."""
    order = np.lexsort((-scores, codes))
    codes = codes[order]
    first = changes(codes)
    return codes[first], scores[order][first]


def changes(ascending: Integers) -> Flags:
    """Flags the first occurrence of each number in an ascending array."""
    return np.concatenate([np.ones(min(1, len(ascending)), bool), ascending[1:] != ascending[:-1]])


def coded(names: pa.Array) -> pa.DictionaryArray:
    """Strings as codes of a dictionary, as files of tables give them, or made here."""
    return names if pa.types.is_dictionary(names.type) else names.dictionary_encode()


def usable_rows(batch: pa.RecordBatch) -> Flags:
    """Flags the rows of a batch whose `status` allows a search."""
    usable: Flags = pc.is_in(batch["status"].cast(pa.string()), pa.array(sorted(USABLE))).to_numpy(zero_copy_only=False)
    return usable


def row_of_each(lists: pa.ListArray) -> Integers:
    """The row of each value of the flattened lists; a null list has no values."""
    lengths = lists.value_lengths().fill_null(0).to_numpy()
    return np.repeat(np.arange(len(lengths)), lengths)
