"""Turns a caption into its content words: the index that the mode `any_pos` searches.

This index serves concepts that are no nouns (striped, quickly). Content words are the tokens that the pipeline tags as
nouns, verbs, adjectives, adverbs or numbers. Auxiliaries are tagged as verbs and are included; particles, foreign words
and function words are not.

A noun has the same key and position as in the noun index. Any other word has its lemma as a key and also, if that
differs, the word itself in lower case. So `run` finds runs, ran and running, but `striped` does not find strip and
`rose` does not find rises; they would if only lemmas were kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Final

from udfs.text.nouns import NOUN_TAGS, Nouns, key_of, trim, zones

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Doc, Token

CONTENT_TAGS: Final = NOUN_TAGS | frozenset(
    {"VB", "VBD", "VBG", "VBN", "VBP", "VBZ", "JJ", "JJR", "JJS", "RB", "RBR", "RBS", "CD"}
)
_BATCH: Final = 256


def words_of(doc: Doc) -> Nouns:
    """The content words of a tagged and lemmatised document."""
    words = [token for token in doc if not (token.is_punct or token.is_space or token.tag_ == "POS")]
    found = [(key, position) for position, word in enumerate(words) for key in _keys(word)]
    return Nouns(tuple(key for key, _ in found), tuple(position for _, position in found))


def find_words(captions: Iterable[str], pipeline: Language) -> Iterator[Nouns]:
    """The content words of each caption, in order. Reading ahead and the limit of length are as in `find_nouns`."""
    for zone in zones(captions, pipeline):
        with pipeline.memory_zone():
            found = [words_of(doc) for doc in pipeline.pipe(zone, batch_size=_BATCH)]
        trim(pipeline)
        yield from found


def _keys(word: Token) -> list[str]:
    tag = word.tag_
    if tag not in CONTENT_TAGS:
        return []
    forms = [word.lemma_] if tag in NOUN_TAGS else [word.lemma_, word.lower_]
    return [key for key in dict.fromkeys(map(key_of, forms)) if key]
