"""The content words of a caption: what `any_pos` searches in.

Another definition than the nouns', for concepts that are none (striped, quickly). Content words are the tokens that the
pipeline tags as nouns, verbs, adjectives, adverbs or numbers. Auxiliaries are tagged as verbs and are among them;
particles, foreign words and function words are not.

A noun has the key and the position that it has in the noun index. Any other word has its lemma and, where that is
another, itself in lower case as keys. So `run` finds whoever runs, ran or is running, but `striped` finds no strip and
`rose` nothing that rises, as they would if the lemma were all that is kept.
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
    """The content words of each caption, in order. What `find_nouns` says of reading ahead and long captions holds."""
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
