"""Maps strings to the numbers that they stand for, a whole Arrow array at a time.

Each distinct spelling of an array is looked up once, however often it occurs. An array that is already
dictionary-encoded, as Parquet files give it, need not be encoded again. Captions have about 6 nouns each, and a file of
100,000 captions about 20,000 spellings.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain, repeat

import numpy as np
import pyarrow as pa

from udfs.counting.arrays import Integers, RaggedArray, coded


class Codebook:
    """The numbers that each known string stands for; any other string stands for none."""

    def __init__(self, numbers: Mapping[str, Sequence[int]]) -> None:
        self._entries = {name: entry for entry, name in enumerate(numbers)}
        self._numbers = RaggedArray.of(numbers.values())

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
