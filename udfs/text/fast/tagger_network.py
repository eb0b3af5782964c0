"""Runs the pipeline's tagger over the tokens of many captions at once.

It computes the same sums as spaCy's layers (MultiHashEmbed, MaxoutWindowEncoder of depth 4, a softmax over tags) in
another order. A token's vector and its part of the first convolution depend on the token alone and are computed once
per distinct type. A layer is computed only at the rows that the wanted tags depend on. Rounding differs from spaCy's by
about 1e-5, so a token whose two best tags are closer than MARGIN is not decided here.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from udfs.text.fast.structure import DEPTH, Floats, Maxout, Weights

Ids = NDArray[np.uint64]
Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]

# The least difference between the logits of the two best tags. It is far above the largest difference from spaCy's
# logits (tests).
MARGIN: Final = 1e-3
# Rows per block: its windows and sums, 0.6 MB each, stay in a core's cache.
_BLOCK: Final = 512
# thinc adds this to the variance.
_EPSILON: Final = 1e-8


class TaggerNetwork:
    """A tagger's network, ready to run. ops: the model's operations (thinc's, on a CPU)."""

    def __init__(self, weights: Weights, ops: Any) -> None:
        self._weights = weights
        self._ops = ops
        self.width = weights.mixer.scale.size
        # The mixer is linear in the looked-up rows, so each table is multiplied by its part of the mixer beforehand.
        parts = np.split(weights.mixer.weights, len(weights.tables))
        self._tables = [(table @ part, seed) for (table, seed), part in zip(weights.tables, parts, strict=True)]

    def embed(self, features: Ids) -> Floats:
        """The vector of each type: features [types, 6] -> [types, width]."""
        vectors = np.empty((len(features), self.width), np.float32)
        for rows in _blocks(np.arange(len(features))):
            sums = np.tile(self._weights.mixer.bias, (len(rows), 1))
            for column, (table, seed) in zip(features[rows].T, self._tables, strict=True):
                keys = self._ops.hash(np.ascontiguousarray(column), seed) % len(table)
                sums += self._ops.gather_add(table, keys)
            vectors[rows] = _finish(self._weights.mixer, sums)
        return vectors

    def tag(self, vectors: Floats, types: Integers, lengths: Integers, wanted: Flags) -> tuple[Integers, Flags]:
        """(the tag, whether it is too close to call) of each token; -1 and False if the token is not wanted.

        vectors: [types, width], one per distinct type. types: each token's index in them, caption after caption.
        lengths: the number of tokens of each caption. wanted: one flag per token.
        """
        # spaCy puts as many zero vectors between captions as there are layers, and every layer transforms them as it
        # transforms tokens: the last tokens of a caption do not see zeros.
        places = np.arange(len(types)) + DEPTH * (1 + np.repeat(np.arange(len(lengths)), lengths))
        content = np.full(len(types) + DEPTH * (len(lengths) + 1), len(vectors))
        content[places] = types
        needed = np.zeros(len(content), bool)
        needed[places] = wanted
        layers = [needed]
        while len(layers) < DEPTH - 1:
            layers.insert(0, _widened(layers[0]))
        rows = self._first_layer(vectors, content)
        for layer, here in zip(self._weights.convolutions[1:], layers, strict=True):
            rows = _convolve(layer, rows, np.flatnonzero(here))
        tags, close = np.full(len(types), -1), np.zeros(len(types), bool)
        tags[wanted], close[wanted] = self._best(rows[np.flatnonzero(needed)])
        return tags, close

    def _first_layer(self, vectors: Floats, content: Integers) -> Floats:
        """The first convolution of every row; the last type is the zero vector between captions."""
        layer = self._weights.convolutions[0]
        types = np.concatenate([vectors, np.zeros((1, self.width), np.float32)])
        left, centre, right = (types @ part for part in np.split(layer.weights, 3))
        centre += layer.bias
        rows = np.empty((len(content), self.width), np.float32)
        around = np.pad(content, 1, constant_values=len(vectors))
        for here in _blocks(np.arange(len(content))):
            sums = left[around[here]]
            sums += centre[around[here + 1]]
            sums += right[around[here + 2]]
            rows[here] = _finish(layer, sums) + types[content[here]]
        return rows

    def _best(self, rows: Floats) -> tuple[Integers, Flags]:
        weights, bias = self._weights.tags
        logits = rows @ weights + bias
        best = logits.argmax(axis=1)
        every = np.arange(len(rows))
        highest = logits[every, best]
        logits[every, best] = -np.inf
        return best, highest - logits.max(axis=1, initial=-np.inf) < MARGIN


def _convolve(layer: Maxout, rows: Floats, needed: Integers) -> Floats:
    """One residual convolution at the needed rows; the others are left undefined."""
    result = np.empty_like(rows)
    for here in _blocks(needed):
        windows = rows[np.add.outer(here, (-1, 0, 1))].reshape(len(here), -1)
        result[here] = _apply(layer, windows) + rows[here]
    return result


def _apply(layer: Maxout, inputs: Floats) -> Floats:
    sums = inputs @ layer.weights
    sums += layer.bias
    return _finish(layer, sums)


def _finish(layer: Maxout, sums: Floats) -> Floats:
    """The maximum of the three pieces, normalised: [rows, 3 x width] -> [rows, width]."""
    one, two, three = np.split(sums, 3, axis=1)
    best = np.maximum(one, two)
    np.maximum(best, three, out=best)
    best -= (best @ np.full(best.shape[1], 1 / best.shape[1], best.dtype))[:, None]
    variance = np.einsum("ij,ij->i", best, best) / best.shape[1] + _EPSILON
    best *= (1 / np.sqrt(variance))[:, None]
    best *= layer.scale
    best += layer.shift
    return best


def _widened(flags: Flags) -> Flags:
    """The flags, with the neighbours of each set flag on both sides set too."""
    wide = flags.copy()
    wide[1:] |= flags[:-1]
    wide[:-1] |= flags[1:]
    return wide


def _blocks(rows: Integers) -> Iterator[Integers]:
    for start in range(0, len(rows), _BLOCK):
        yield rows[start : start + _BLOCK]
