"""Splits long runs of symbols into parts that the tokenizer handles in seconds.

spaCy's tokenizer takes prefixes and suffixes off a word one by one and reads the whole rest each time: 2 s for 4,000
brackets in a row, half an hour for 100,000. A space after every hundred symbols makes that linear. Each symbol stays a
token of its own. The network sees four tokens to each side, and the spaces are farther than that from the ends of a
run, so no word beside it is tagged differently. Only the tag of a symbol may change, and a symbol has no key.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from spacy.language import Language

Search = Callable[[str], re.Match[str] | None]

PART: Final = 100
# The tokenizer's expressions see this many characters at a time, or the whole rest if that is not enough.
_WINDOW: Final = 32
_LONG_WORD: Final = re.compile(rf"\S{{{2 * PART},}}")


def in_parts(text: str, pipeline: Language) -> str:
    """The text, with a space after every hundred symbols in words that begin or end with 200 symbols or more.

    The text is unchanged if the pipeline's tokenizer is of another kind and takes off no prefixes or suffixes.
    """
    if len(text) < 2 * PART:
        return text
    tokenizer: Any = pipeline.tokenizer
    prefix, suffix = (getattr(tokenizer, f"{side}_search", None) for side in ("prefix", "suffix"))
    if prefix is None or suffix is None:
        return text
    return _LONG_WORD.sub(lambda word: _parts(word[0], prefix, suffix), text)


def _parts(word: str, prefix: Search, suffix: Search) -> str:
    ends = _prefix_ends(word, prefix)
    starts = _suffix_starts(word[ends[-1] :] if ends else word, suffix)
    cuts = ends[PART - 1 : -PART : PART]
    cuts += [len(word) + start for start in starts[PART : len(starts) - PART + 1 : PART]]
    return " ".join(word[start:end] for start, end in pairwise([0, *cuts, len(word)]))


def _prefix_ends(word: str, search: Search) -> list[int]:
    """Where each prefix ends, in order."""
    ends, end = [], 0
    while end < len(word):
        found = search(word[end : end + _WINDOW])
        if found and found.end() == _WINDOW:
            found = search(word[end:])
        if not (found and found.end()):
            break
        end += found.end()
        ends.append(end)
    return ends


def _suffix_starts(word: str, search: Search) -> list[int]:
    """Where each suffix begins, in order, counted from the word's end: negative."""
    starts, rest = [], len(word)
    while rest > 0:
        found = search(word[max(0, rest - _WINDOW) : rest])
        if found and found.start() == 0:
            found = search(word[:rest])
        if not (found and found[0]):
            break
        rest -= found.end() - found.start()
        starts.append(rest - len(word))
    return starts[::-1]
