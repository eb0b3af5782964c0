"""A cache across captions: the vectors of token types and the keys of nouns, each computed when it is first needed.

Its size is bounded: the engine starts a new one when it is full. The nouns of a caption do not depend on the cache.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from udfs.text.fast.lemmas import Lemmas
from udfs.text.fast.structure import FEATURES, Floats
from udfs.text.fast.tagger_network import Flags, Integers, TaggerNetwork
from udfs.text.fast.token_types import MOST_WORDS, Types
from udfs.text.nouns import NOUN_TAGS

if TYPE_CHECKING:
    from spacy.language import Language

_SPACY: Final = FEATURES.index("SPACY")
_TAGS: Final = tuple(sorted(NOUN_TAGS))
_NOT_YET: Final = -1


class NounCache:
    """Words, their vectors, and their keys by tag. Use it inside a memory zone of the pipeline.

    labels: the tagger's, by number.
    """

    def __init__(self, pipeline: Language, network: TaggerNetwork, lemmas: Lemmas, labels: tuple[str, ...]) -> None:
        self.types = Types(pipeline)
        self._network = network
        self._lemmas = lemmas
        self._place = np.array([_TAGS.index(label) if label in NOUN_TAGS else _NOT_YET for label in labels])
        # Memory that is never written takes no room.
        self._vectors = np.empty((2 * MOST_WORDS, network.width), np.float32)
        self._embedded = np.zeros(2 * MOST_WORDS, bool)
        # At 4 x word + index of the tag: an index into _texts, whose first entry is the empty key.
        self._keys = np.full(len(_TAGS) * MOST_WORDS, _NOT_YET, np.int32)
        self._texts = [""]
        self._blank = np.zeros(0, bool)
        self._pairs = np.zeros((0, 2), np.int64)

    def learn(self) -> None:
        """Make room for the words that `types` has met since the last call."""
        start, words = len(self._blank), len(self.types.texts)
        if start == words:
            return
        self._blank = np.concatenate([self._blank, np.array(self.types.blank[start:])])
        marks = [self._lemmas.pairs(word) for word in self.types.texts[start:]]
        self._pairs = np.concatenate([self._pairs, np.array(marks, np.int64)])
        if len(self._keys) < len(_TAGS) * words:
            self._keys = _grown(self._keys, 2 * len(_TAGS) * words, _NOT_YET)
            self._embedded = _grown(self._embedded, 4 * words, False)
            self._vectors = _grown(self._vectors, 4 * words)

    def blank(self, words: Integers) -> Flags:
        """Whether each word is white space or punctuation."""
        return self._blank[words]

    def in_pair(self, words: Integers) -> Flags:
        """Whether each word and the next one are a pair whose lemmas depend on each other, [words - 1]."""
        return (self._pairs[words[:-1], 0] & self._pairs[words[1:], 1]) != 0

    def vectors(self, types: Integers) -> tuple[Floats, Integers]:
        """(the vectors of the distinct types, the index of each type among them)."""
        seen = np.zeros(2 * len(self._blank), bool)
        seen[types] = True
        distinct = np.flatnonzero(seen)
        new = distinct[~self._embedded[distinct]]
        if len(new):
            features = np.array([self.types.features[word] for word in (new // 2).tolist()], np.uint64)
            features[:, _SPACY] = new % 2
            self._vectors[new] = self._network.embed(features)
            self._embedded[new] = True
        return self._vectors[distinct], (np.cumsum(seen) - 1)[types]

    def keys(self, words: Integers, tags: Integers) -> list[str]:
        """The key of each noun, empty if nothing is left of it. tags: numbers of noun labels."""
        places = len(_TAGS) * words + self._place[tags]
        found = self._keys[places]
        new = np.unique(places[found == _NOT_YET])
        if len(new):
            self._keys[new] = [self._index(*divmod(place, len(_TAGS))) for place in new.tolist()]
            found = self._keys[places]
        return [self._texts[index] for index in found.tolist()]

    def _index(self, word: int, place: int) -> int:
        key = self._lemmas.key(self.types.texts[word], _TAGS[place])
        if not key:
            return 0
        self._texts.append(key)
        return len(self._texts) - 1


def _grown(array: NDArray[Any], rows: int, fill: int | None = None) -> NDArray[Any]:
    """The array with more rows; without a fill value the new rows are left undefined."""
    grown = np.empty((rows, *array.shape[1:]), array.dtype)
    grown[: len(array)] = array
    if fill is not None:
        grown[len(array) :] = fill
    return grown
