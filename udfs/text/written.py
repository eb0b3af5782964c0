"""Queries for words as a user types them: what a concept on no list asks of captions, without any pipeline.

A word is its own key. An index of nouns holds lemmas (dog, not dogs), so a plural may find nothing there.
"""

from __future__ import annotations

import re
from typing import Final

from udfs.text.cleaning import cleaned
from udfs.text.modes import Mode
from udfs.text.nouns import key_of, readable
from udfs.text.queries import Query

_POSSESSIVE: Final = re.compile(r"['’]s?(?!\w)")
_WORD: Final = re.compile(r"[^\W_]+")
# Endings of regular English plurals, and what stands there in the singular.
_PLURALS: Final = (("ies", "y"), ("ves", "f"), ("ves", "fe"), ("es", ""), ("s", ""))


def written_query(concept: str, mode: Mode, clean: bool = True) -> Query:
    """The query for the words of a concept under `mode`, in their order; one that cannot be answered says why.

    clean: the concept is cleaned as captions are; never in `paper`, which also keeps its case.
    """
    if mode == "substring":
        return Query(concept, (), "it is on no list, and substrings are searched for concepts of lists only")
    text = readable(cleaned(concept) if clean and mode != "paper" else concept)
    words = _WORD.findall(_POSSESSIVE.sub(" ", text if mode == "paper" else text.lower()))
    reasons = [] if mode == "raw" else [reason for word in words if (reason := _no_key(word))]
    if reasons or not words:
        return Query(concept, (), "; ".join(dict.fromkeys(reasons)) or "no word is left of it")
    return Query(concept, tuple((word if mode == "raw" else key_of(word),) for word in words), None)


def _no_key(word: str) -> str | None:
    """Why an index of nouns or content words cannot have the word."""
    if any(character.isdigit() for character in word):
        return f"'{word}' has digits, which the index drops"
    return None if key_of(word) else f"'{word}' has no letter A-Z"


def singulars(key: str) -> tuple[str, ...]:
    """The words of which a key may be the regular plural, by its ending alone (dogs: dog; berries: berry, berri)."""
    found = (key.removesuffix(end) + instead for end, instead in _PLURALS if key.endswith(end) and len(key) > len(end))
    return tuple(dict.fromkeys(found))
