"""The attributes that samples can be indexed by, and how postings write their values.

A key of postings is `ATTRIBUTE:VALUE`, as in `language:en`. Each sample has one value of each attribute. The value is
`unknown` if the sample has nothing to tell it, so that the values of an attribute add up to the samples.
"""

from __future__ import annotations

from typing import Final, Literal, get_args

import pyarrow as pa
import pyarrow.compute as pc

Attribute = Literal["language", "domain", "caption_length", "image_size"]

ATTRIBUTES: Final[tuple[Attribute, ...]] = get_args(Attribute)
UNKNOWN: Final = "unknown"


def keys_of(attribute: Attribute, values: pa.Array) -> pa.DictionaryArray:
    """The keys of values; a null is unknown."""
    coded = values.fill_null(UNKNOWN).dictionary_encode()
    keys = pc.binary_join_element_wise(attribute, coded.dictionary, ":")
    return pa.DictionaryArray.from_arrays(coded.indices, keys)


def value_of(key: str) -> str:
    """The value in a key."""
    return key.partition(":")[2]
