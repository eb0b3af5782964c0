"""The match modes in one place: the index that each mode searches, and how it reads a concept.

The captions stage stores an index, which depends on the mode. Modes with the same index share one pass over the
captions. No index depends on a concept list: new concepts are answered from the stored index.

nouns: keys of the noun tokens. words: keys of all content words. tokens: every token as it is written, in lower case.
text: the caption itself, spaced for substring search.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Final, Literal

from udfs.text.cleaning import cleaned
from udfs.text.nouns import Nouns, find_nouns, load_pipeline
from udfs.text.queries import Query, any_pos_query, paper_query, strict_query
from udfs.text.substrings import spaced, substring_query
from udfs.text.tokens import find_tokens, raw_query
from udfs.text.words import find_words

if TYPE_CHECKING:
    from spacy.language import Language

Mode = Literal["strict", "paper", "phrase", "any_pos", "raw", "substring"]
Index = Literal["nouns", "words", "tokens", "text"]

INDEX_OF: Final[Mapping[Mode, Index]] = {
    "strict": "nouns",
    "paper": "nouns",
    "phrase": "nouns",
    "any_pos": "words",
    "raw": "tokens",
    "substring": "text",
}
_ASK: Final[Mapping[Mode, Callable[[str, Language], Query]]] = {
    "strict": strict_query,
    "paper": paper_query,
    "phrase": strict_query,
    "any_pos": any_pos_query,
    "raw": raw_query,
}


def find_terms(captions: Iterable[str], index: Index, pipeline: str) -> Iterator[Nouns]:
    """The keys that `index` keeps of each caption, in order; `pipeline` is the name of a spaCy pipeline.

    For text this is one key, the spaced caption, at position 0, or none if it is blank; no pipeline is loaded.
    """
    if index == "text":
        return (Nouns((spaced(caption),), (0,)) if caption.strip() else Nouns((), ()) for caption in captions)
    find = {"nouns": find_nouns, "words": find_words, "tokens": find_tokens}[index]
    return find(captions, load_pipeline(pipeline))


def make_queries(concepts: Iterable[str], mode: Mode, pipeline: str, clean: bool = True) -> dict[str, Query]:
    """The query of each concept under `mode`, in order. `paper` queries still hold terms that may be absent.

    clean: concepts are cleaned as captions are; never in `paper`.
    """
    names = {concept: cleaned(concept) if clean and mode != "paper" else concept for concept in concepts}
    if mode == "substring":
        found = {concept: substring_query(name) for concept, name in names.items()}
    else:
        ask, loaded = _ASK[mode], load_pipeline(pipeline)
        found = {concept: ask(name, loaded) for concept, name in names.items()}
    return {concept: replace(query, concept=concept) for concept, query in found.items()}
