"""Turns a caption into its nouns: the one definition that the index, the tests and the column function share.

A noun is a token that the pipeline tags NN, NNS, NNP or NNPS. The definition is the tag, not the part of speech: the
parser and the entity recogniser are not run here, and when they run, a rule for auxiliaries changes the part of speech
of a few noun-tagged tokens (21 of 65,833 captions). A noun's key is its lemma with all but A-Z, a-z and space removed.

A position counts the tokens of a caption that are neither punctuation, white space nor a possessive marker (tag POS). A
query drops all three, so terms that are adjacent in a query have adjacent positions in a caption.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from udfs.text.expressions import bound_expressions
from udfs.text.lean import import_spacy, is_claimed
from udfs.text.pipelines import NOUN_TAGS, check_parts, installed_name
from udfs.text.symbols import PART, in_parts

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Doc

MATCHES: Final = ("strict", "paper", "phrase")
_NOT_RUN: Final = ("parser", "ner")
_NOT_KEY: Final = re.compile("[^A-Za-z ]")
_LONE_SURROGATE: Final = re.compile("[\ud800-\udfff]")

# A memory zone frees the words that were new in it. Without one, a worker grows by 134 MB per 30,000 captions.
# The bound on characters keeps many very long captions from being held and tagged at once.
_ZONE_CAPTIONS: Final = 5_000
_ZONE_CHARACTERS: Final = 400_000
_BATCH: Final = 256
_LEMMA_CACHE: Final = 100_000


@dataclass(frozen=True)
class Nouns:
    """One caption's nouns in reading order: their keys (case kept, none empty) and their positions.

    The other indexes (udfs/text/modes.py) have the same form.
    """

    keys: tuple[str, ...]
    positions: tuple[int, ...]


@lru_cache(maxsize=4)
def load_pipeline(name: str) -> Language:
    """The spaCy pipeline `name` without its parser and entity recogniser, loaded once per process.

    Raises ValueError if it is not installed, or cannot give nouns and their lemmas as defined here.
    """
    if is_claimed():
        import_spacy(name)
    import spacy

    pipeline = spacy.load(installed_name(name), exclude=_NOT_RUN)
    tags = pipeline.pipe_labels.get("tagger", [])
    has_lemmatizer = "lemmatizer" in pipeline.pipe_names
    mode = getattr(pipeline.get_pipe("lemmatizer"), "mode", "trained") if has_lemmatizer else "none"
    check_parts(name, pipeline.pipe_names, tags, mode)
    bound_expressions(pipeline)
    # Leave room for the spaces that are put into long runs of symbols.
    pipeline.max_length += pipeline.max_length // PART
    return pipeline


def key_of(lemma: str) -> str:
    """The index key of a lemma or a term: everything but A-Z, a-z and space removed, case kept."""
    return _NOT_KEY.sub("", lemma)


def readable(text: str) -> str:
    """The text with lone surrogates replaced by U+FFFD: spaCy raises on them."""
    return _LONE_SURROGATE.sub("\ufffd", text)


def nouns_of(doc: Doc) -> Nouns:
    """The noun occurrences of a tagged and lemmatised document."""
    keys, positions, position = [], [], 0
    for token in doc:
        tag = token.tag_
        if token.is_punct or token.is_space or tag == "POS":
            continue
        if tag in NOUN_TAGS and (key := key_of(token.lemma_)):
            keys.append(key)
            positions.append(position)
        position += 1
    return Nouns(tuple(keys), tuple(positions))


def find_nouns(captions: Iterable[str], pipeline: Language) -> Iterator[Nouns]:
    """The nouns of each caption, in order.

    At most 5,000 captions, or 400,000 characters, are read ahead. A caption longer than `pipeline.max_length` (a
    million characters) raises ValueError: cut it first.
    """
    for zone in zones(captions, pipeline):
        # Results leave the zone as plain strings, and nothing is yielded while it is open. Zones of one pipeline cannot
        # be nested, and two columns of one query take turns in the same worker.
        with pipeline.memory_zone():
            found = [nouns_of(doc) for doc in pipeline.pipe(zone, batch_size=_BATCH)]
        trim(pipeline)
        yield from found


def noun_set(nouns: Nouns, match: str) -> frozenset[str]:
    """The set of keys as `match` compares it: lower-cased, except that "paper" keeps their case."""
    if match not in MATCHES:
        raise ValueError(f"match is {match!r}: expected one of {', '.join(MATCHES)}")
    return frozenset(nouns.keys) if match == "paper" else frozenset(key.lower() for key in nouns.keys)


def zones(captions: Iterable[str], pipeline: Language) -> Iterator[list[str]]:
    """Captions as the pipeline can read them, in lists that end at 5,000 captions or 400,000 characters."""
    zone: list[str] = []
    characters = 0
    for caption in captions:
        zone.append(in_parts(readable(caption), pipeline))
        characters += len(caption)
        if len(zone) >= _ZONE_CAPTIONS or characters >= _ZONE_CHARACTERS:
            yield zone
            zone, characters = [], 0
    if zone:
        yield zone


def trim(pipeline: Language) -> None:
    """Empty the lemmatizer's cache once it is large: it keeps every word, and no zone frees it."""
    cache = getattr(pipeline.get_pipe("lemmatizer"), "cache", {})
    if len(cache) > _LEMMA_CACHE:
        cache.clear()
