"""Entries of a list as substrings of captions: MetaCLIP's search (arXiv 2309.16671, section 3.1).

Spaces are put round some punctuation of a caption, and an entry is found where it stands between spaces. No pipeline is
run: an inflected form is another word, and case counts unless it is to be ignored. An entry is spaced like a caption,
which MetaCLIP leaves to the list: without it, one with such punctuation (St. Louis) could be in no caption.

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
    """The text with spaces round `,.;:?!` and the backquote, white space as spaces, and a space at either end.

    Spaces side by side stay, as in MetaCLIP's code.
    """
    return f" {text.translate(_SPACED)} "


def substring_query(concept: str) -> Query:
    """The query of `substring`: one term, the entry spaced like a caption, `_` read as space, between single spaces."""
    entry = " ".join(readable(concept).replace("_", " ").split())
    if not entry:
        return Query(concept, (), "nothing is left of it")
    return Query(concept, ((f" {spaced(entry).strip(' ')} ",),), None)


class SubstringMatcher:
    """All entries of a list, ready to be sought in spaced captions; a caption holds an entry once.

    It travels as its entries, 12 MB for 500,000 of them. A worker makes the automaton of them once for all its tasks:
    0.2 GB for 500,000 entries of 17 characters on average.
    """

    def __init__(self, queries: Sequence[Query], ignore_case: bool = False) -> None:
        self._ignore_case = ignore_case
        # The first query that has an entry stands for all that have it, as River_bank and river bank do.
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
        """The sorted indices of the queries whose entries are in a caption's spaced text, the only key it has."""
        return sorted({number for key in keys for number in self._found(key)})

    def match_batch(
        self, keys: pa.ListArray, positions: pa.ListArray | None
    ) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """Every (row, index of a query that its caption holds), none twice, rows ascending.

        keys: the spaced text of each row in a list of one, an empty list or null. positions are not looked at.
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
        """The automaton of these entries: the worker's, or made now, in the place of another list's."""
        if self._digest not in _AUTOMATA:
            import ahocorasick

            made = ahocorasick.Automaton(ahocorasick.STORE_INTS)
            for entry, number in self._first.items():
                made.add_word(entry, number)
            made.make_automaton()
            _AUTOMATA.clear()
            _AUTOMATA[self._digest] = made
        return _AUTOMATA[self._digest]
