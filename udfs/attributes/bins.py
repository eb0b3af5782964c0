"""Numbers of samples in bins: the words of a caption, and the shorter side of an image in pixels."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from udfs.attributes.names import Attribute
from udfs.counting.arrays import Integers

# The first number of each bin; the last bin has no end.
WORDS: Final = (0, 1, 6, 11, 16, 21, 31, 51, 101)
PIXELS: Final = (1, 64, 128, 256, 512, 1024, 2048)


def names_of(firsts: tuple[int, ...]) -> tuple[str, ...]:
    """The bins' names, ascending, as in 6-10; one number alone is its own name."""
    bounded = (
        str(first) if next_one == first + 1 else f"{first}-{next_one - 1}" for first, next_one in pairwise(firsts)
    )
    return (*bounded, f"{firsts[-1]}+")


# The bins of an attribute whose values are some.
ORDERED: Final[Mapping[Attribute, tuple[str, ...]]] = {
    "caption_length": names_of(WORDS),
    "image_size": names_of(PIXELS),
}


def caption_lengths(captions: pa.Array) -> pa.Array:
    """The bin of each caption's number of words, which stand between white space; null for no caption."""
    trimmed = pc.utf8_trim_whitespace(captions)
    words = pc.list_value_length(pc.utf8_split_whitespace(trimmed))
    return _binned(pc.if_else(pc.equal(trimmed, ""), 0, words), WORDS)


def image_sizes(widths: pa.Array, heights: pa.Array) -> pa.Array:
    """The bin of each image's shorter side in pixels; null unless both sides are known and above 0."""
    shorter = pc.min_element_wise(widths, heights, skip_nulls=False)
    return _binned(pc.if_else(pc.greater(shorter, 0), shorter, None), PIXELS)


def _binned(numbers: pa.Array, firsts: tuple[int, ...]) -> pa.Array:
    """The names of the numbers' bins; a null has none, and no number is below the first bin."""
    known: npt.NDArray[np.bool_] = numbers.is_valid().to_numpy(zero_copy_only=False)
    at: Integers = np.searchsorted(firsts, numbers.fill_null(firsts[0]).to_numpy(), side="right") - 1
    return pa.array(names_of(firsts)).take(pa.array(at, mask=~known))
