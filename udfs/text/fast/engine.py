"""Finds the nouns of many captions by the pipeline's network alone; the result equals spaCy's.

A caption that this path cannot decide for certain is left to spaCy: one with a token whose two best tags are too close
for float32, or with a pair of words whose lemmas depend on each other.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from threadpoolctl import ThreadpoolController

from udfs.text.fast.lemmas import Lemmas, read_rules
from udfs.text.fast.noun_cache import NounCache
from udfs.text.fast.structure import check_rules, read_weights
from udfs.text.fast.tagger_network import Flags, Integers, TaggerNetwork
from udfs.text.nouns import NOUN_TAGS, Nouns, nouns_of, trim

if TYPE_CHECKING:
    from spacy.language import Language

# Captions at a time. A larger block shares more types; a smaller one stays in the processor's cache.
_AT_ONCE: Final = 1_000
# spaCy documents at a time.
_BATCH: Final = 256


class FastNouns:
    """The fast path over one pipeline; raises Misfit if the pipeline is not of the one kind that it can compute."""

    def __init__(self, pipeline: Language) -> None:
        weights = read_weights(pipeline)
        check_rules(pipeline)
        tok2vec: Any = pipeline.get_pipe("tok2vec")
        self._pipeline = pipeline
        self._network = TaggerNetwork(weights, tok2vec.model.ops)
        self._rules = read_rules(pipeline)
        self._labels = weights.labels
        self._is_noun = np.array([label in NOUN_TAGS for label in weights.labels])
        self._possessive = weights.labels.index("POS")
        self._cache = self._new_cache()
        # A worker has one core, and results must not depend on the number of cores of the machine.
        self._threads = ThreadpoolController()

    def find(self, captions: Sequence[str]) -> list[Nouns]:
        """The nouns of each caption of a zone (`udfs.text.nouns.zones`), found inside a memory zone of the pipeline."""
        with self._pipeline.memory_zone(), self._threads.limit(limits=1, user_api="blas"):
            parts = (captions[start : start + _AT_ONCE] for start in range(0, len(captions), _AT_ONCE))
            found = [nouns for part in parts for nouns in self._find(part)]
        if self._cache.types.full:
            self._cache = self._new_cache()
        trim(self._pipeline)
        return found

    def _new_cache(self) -> NounCache:
        lemmas = Lemmas(self._pipeline, self._rules)
        return NounCache(self._pipeline, self._network, lemmas, self._labels)

    def _find(self, captions: Sequence[str]) -> list[Nouns]:
        known = self._cache
        types, lengths = known.types.read(captions)
        known.learn()
        words = types // 2
        asked = ~known.blank(words)
        vectors, distinct = known.vectors(types)
        tags, unsure = self._network.tag(vectors, distinct, lengths, asked)
        unsure[:-1] |= known.in_pair(words)
        ends = np.concatenate([[0], np.cumsum(lengths)])
        found = self._nouns(words, tags, asked & (tags != self._possessive), ends)
        left = np.unique(np.searchsorted(ends, np.flatnonzero(unsure), side="right") - 1).tolist()
        docs = self._pipeline.pipe([captions[number] for number in left], batch_size=_BATCH)
        for number, doc in zip(left, docs, strict=True):
            found[number] = nouns_of(doc)
        return found

    def _nouns(self, words: Integers, tags: Integers, counted: Flags, ends: Integers) -> list[Nouns]:
        """The nouns of each caption. counted: flags the tokens that take a position; ends: [captions + 1], from 0."""
        before = np.concatenate([[0], np.cumsum(counted)])
        positions = before[:-1] - np.repeat(before[ends[:-1]], np.diff(ends))
        nouns = np.flatnonzero(counted & self._is_noun[tags])
        keys = self._cache.keys(words[nouns], tags[nouns])
        bounds = np.searchsorted(nouns, ends).tolist()
        pairs = list(zip(keys, positions[nouns].tolist(), strict=True))
        return [_kept(pairs[start:end]) for start, end in zip(bounds, bounds[1:], strict=False)]


def _kept(pairs: list[tuple[str, int]]) -> Nouns:
    kept = [pair for pair in pairs if pair[0]]
    return Nouns(tuple(key for key, _ in kept), tuple(position for _, position in kept))
