"""Maps strings to the numbers that they stand for, a whole Arrow array at a time.

Each distinct spelling of an array is looked up once, however often it occurs. An array that is already
dictionary-encoded, as Parquet files give it, need not be encoded again. Captions have about 6 nouns each, and a file of
100,000 captions about 20,000 spellings.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from itertools import chain, repeat

import numpy as np
import pyarrow as pa

from udfs.counting.arrays import Integers, RaggedArray, coded


class Codebook:
    """The numbers that each known string stands for; any other string stands for none.

    names, numbers: a pair for each number of each string.
    """

    def __init__(self, names: pa.Array, numbers: Integers) -> None:
        codes = names.dictionary_encode()
        places = codes.indices.to_numpy()
        order = np.argsort(places, kind="stable")
        starts = np.searchsorted(places[order], np.arange(len(codes.dictionary) + 1))
        # Pickled as arrays: 500,000 strings in a dictionary take ten times as long.
        self.names = codes.dictionary
        self._numbers = RaggedArray(starts, numbers[order].astype(np.int32))

    @classmethod
    def of(cls, numbers: Mapping[str, Sequence[int]]) -> Codebook:
        """The codebook of a mapping."""
        names = pa.array(chain.from_iterable(repeat(name, len(each)) for name, each in numbers.items()), pa.string())
        return cls(names, np.fromiter(chain.from_iterable(numbers.values()), np.int32, len(names)))

    @cached_property
    def _entries(self) -> dict[str, int]:
        return {name: entry for entry, name in enumerate(self.names.to_pylist())}

    def find(self, words: pa.Array, lower: bool = False) -> tuple[Integers, Integers]:
        """Every number that a word stands for, as (index of the word, number), in the order of the words.

        words: strings, dictionary-encoded or not; nulls stand for nothing. lower: lower-case the words first.
        """
        codes = coded(words)
        spellings = codes.dictionary.to_pylist()
        words_as_listed = map(str.lower, spellings) if lower else spellings
        found = map(self._entries.get, words_as_listed, repeat(-1))
        # The last entry is for nulls.
        entries = np.fromiter(chain(found, (-1,)), np.int64, len(spellings) + 1)
        entry = entries[codes.indices.fill_null(len(spellings)).to_numpy()]
        known = np.flatnonzero(entry >= 0)
        owners, numbers = self._numbers.pick(entry[known])
        return known[owners], numbers
