"""One spelling for the sets, corpora and concepts of several tables, so that their rows can be joined.

Tables keep the names as they were published. Only what is computed from several of them goes by these keys.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final

from udfs.text.letters import in_one_form

Pair = tuple[str, str]

# Letters and digits of any script.
_WORDS: Final = re.compile(r"[^\W_]+")
# Sets that other groups call otherwise than the paper does: the keys of their names, and of the paper's.
SAME_SETS: Final[Mapping[str, str]] = {
    "pets": "oxfordpets",
    "cub2011": "cub",
    "imagenet1k": "imagenet",
}


def concept_key(name: str) -> str:
    """A concept without case, with single spaces for all characters that are neither letters nor digits."""
    return " ".join(_WORDS.findall(in_one_form(name).casefold()))


def corpus_key(name: str) -> str:
    """A corpus without case and without other characters than letters and digits."""
    return "".join(_WORDS.findall(in_one_form(name).casefold()))


def set_key(name: str) -> str:
    """A set as a corpus, under the paper's name if it has one (`SAME_SETS`)."""
    key = corpus_key(name)
    return SAME_SETS.get(key, key)


def by_keys(sets: Iterable[str], concepts: Iterable[str], values: Iterable[float]) -> dict[Pair, float]:
    """Values by the keys of set and concept, from three columns of equal length.

    A key of several concepts whose values differ has none: nobody can tell which of them is meant.
    """
    found: dict[Pair, float] = {}
    unclear: set[Pair] = set()
    for of_set, concept, value in zip(sets, concepts, values, strict=True):
        key = (set_key(of_set), concept_key(concept))
        if found.setdefault(key, value) != value:
            unclear.add(key)
    return {key: value for key, value in found.items() if key not in unclear}
