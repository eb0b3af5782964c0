"""Turns a caption into its tokens as they are written: the index that the mode `raw` searches.

Only the pipeline's tokenizer runs. There are no lemmas: digits are kept (737, a310), and a plural and its singular are
different words. A key is a token's text in lower case; punctuation, white space and possessive markers have none. The
same function reads concepts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from udfs.text.nouns import Nouns, readable, zones
from udfs.text.queries import POSSESSIVES, Query

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Doc


def raw_query(concept: str, pipeline: Language) -> Query:
    """The query of `raw`: the caption must have every token of the concept; `_` is read as a space."""
    keys = tokens_of(pipeline.make_doc(readable(concept).replace("_", " "))).keys
    return Query(concept, tuple((key,) for key in keys), None if keys else "no word is left of it")


def tokens_of(doc: Doc) -> Nouns:
    """The tokens of a document: their texts in lower case, and their positions. The document needs no tags."""
    words = (token for token in doc if not (token.is_punct or token.is_space))
    keys = tuple(word.lower_ for word in words if word.lower_ not in POSSESSIVES)
    return Nouns(keys, tuple(range(len(keys))))


def find_tokens(captions: Iterable[str], pipeline: Language) -> Iterator[Nouns]:
    """The tokens of each caption, in order. Reading ahead and the limit of length are as in `find_nouns`."""
    for zone in zones(captions, pipeline):
        with pipeline.memory_zone():
            found = [tokens_of(pipeline.make_doc(caption)) for caption in zone]
        yield from found
