"""The content words of a caption: what `any_pos` searches in.

Another definition than the nouns', for concepts that are none (striped, quickly). Content words are the tokens that the
pipeline tags as nouns, verbs, adjectives, adverbs or numbers. Auxiliaries are tagged as verbs and are among them;
particles, foreign words and function words are not. A word's key is its lemma, cleaned as a noun's is: nouns have the
keys and positions that they have in the noun index.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Final

from udfs.text.nouns import NOUN_TAGS, Nouns, find_nouns

if TYPE_CHECKING:
    from spacy.language import Language

CONTENT_TAGS: Final = NOUN_TAGS | {
    *("VB", "VBD", "VBG", "VBN", "VBP", "VBZ"),
    *("JJ", "JJR", "JJS"),
    *("RB", "RBR", "RBS"),
    "CD",
}


def find_words(captions: Iterable[str], pipeline: Language) -> Iterator[Nouns]:
    """The content words of each caption, in order: their keys, case kept, and their positions."""
    return find_nouns(captions, pipeline, CONTENT_TAGS)
