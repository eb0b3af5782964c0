"""Finds the entries of a list as substrings of captions: MetaCLIP's search (arXiv 2309.16671, section 3.1).

Some punctuation of a caption gets spaces around it, and an entry is found if it stands between spaces. No pipeline
runs: an inflected form is another word, and case counts unless the settings ignore it. An entry is spaced like a
caption, which MetaCLIP leaves to the list; otherwise an entry with such punctuation (St. Louis) could match no caption.

One Aho-Corasick automaton finds all entries in one pass over a caption, in a time that does not grow with their number.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from hashlib import sha256
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from udfs.text.nouns import readable
from udfs.text.queries import Query

_SPACED: Final = str.maketrans({**{mark: f" {mark} " for mark in ",.;:?!`"}, **dict.fromkeys("\t\n\r", " ")})
# The last list's automaton, by the digest of its entries.
_AUTOMATA: Final[dict[bytes, Any]] = {}


def spaced(text: str) -> str:
    """The text with spaces around `,.;:?!` and the backquote, white space as spaces, and a space at either end.

    Adjacent spaces stay, as in MetaCLIP's code.
    """
    return f" {text.translate(_SPACED)} "


def substring_query(concept: str) -> Query:
    """The query of `substring`: one term, the entry spaced like a caption, `_` read as space, between single spaces."""
    entry = " ".join(readable(concept).replace("_", " ").split())
    if not entry:
        return Query(concept, (), "nothing is left of it")
    return Query(concept, ((f" {spaced(entry).strip(' ')} ",),), None)


class SubstringMatcher:
    """Matches spaced captions against all entries of a list; a caption holds an entry once.

    It is pickled as its entries, 12 MB for 500,000 of them. A worker builds the automaton once for all its tasks: 0.2
    GB for 500,000 entries of 17 characters on average.
    """

    def __init__(self, queries: Sequence[Query], ignore_case: bool = False) -> None:
        self._ignore_case = ignore_case
        # The first query with an entry stands for all queries with the same entry, such as River_bank and river bank.
        self._first: dict[str, int] = {}
        self._same: dict[int, list[int]] = {}
        for number, query in enumerate(queries):
            if query.unanswerable is None and query.terms:
                entry = query.terms[0][0]
                first = self._first.setdefault(entry.lower() if ignore_case else entry, number)
                if first != number:
                    self._same.setdefault(first, []).append(number)
        self._digest = sha256("\n".join(f"{entry}{number}" for entry, number in self._first.items()).encode()).digest()

    def match(self, keys: Sequence[str], positions: Sequence[int]) -> list[int]:
        """The sorted indices of the queries whose entries are in a caption's spaced text, which is its only key."""
        return sorted({number for key in keys for number in self._found(key)})

    def match_batch(self, keys: pa.ListArray) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """Every (row, index of a query that its caption holds) pair, none twice, rows ascending.

        keys: each row's spaced text as a list of one, an empty list or null.
        """
        rows, queries = array("q"), array("q")
        parents = pc.list_parent_indices(keys).to_pylist()
        for row, text in zip(parents, pc.list_flatten(keys).to_pylist(), strict=True):
            found = self._found(text)
            queries.extend(found)
            rows.extend([row] * len(found))
        return np.array(rows, np.int64), np.array(queries, np.int64)

    def _found(self, text: str) -> set[int]:
        if not self._first:
            return set()
        text = text.lower() if self._ignore_case else text
        found = {number for _, number in self._automaton().iter(text)}
        for first in found & self._same.keys():
            found.update(self._same[first])
        return found

    def _automaton(self) -> Any:
        """The automaton of these entries: the worker's if it has one, else a new one that replaces another list's."""
        if self._digest not in _AUTOMATA:
            import ahocorasick

            made = ahocorasick.Automaton(ahocorasick.STORE_INTS)
            for entry, number in self._first.items():
                made.add_word(entry, number)
            made.make_automaton()
            _AUTOMATA.clear()
            _AUTOMATA[self._digest] = made
        return _AUTOMATA[self._digest]
