"""Reads the attributes of stored samples, as the keys that are turned into postings."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa

from udfs.attributes.bins import caption_lengths, image_sizes
from udfs.attributes.domains import domains
from udfs.attributes.languages import languages
from udfs.attributes.names import Attribute, keys_of
from udfs.counting.arrays import coded
from udfs.postings.inverting import Keys

# The columns of samples that tell each attribute.
COLUMNS: Final[Mapping[Attribute, tuple[str, ...]]] = {
    "language": ("caption",),
    "domain": ("url",),
    "caption_length": ("caption",),
    "image_size": ("width", "height"),
}
# What is told by one text: from texts to values, null for none.
OF_TEXTS: Final[Mapping[Attribute, Callable[[pa.Array], pa.Array]]] = {
    "language": languages,
    "domain": domains,
    "caption_length": caption_lengths,
}


@dataclass(frozen=True)
class AttributeKeys:
    """The keys of samples by one attribute: each row has one. A text that repeats in a batch is looked at once."""

    attribute: Attribute

    def __call__(self, batch: pa.RecordBatch) -> Keys:
        columns = [batch[name] for name in COLUMNS[self.attribute]]
        return Keys(np.arange(batch.num_rows), keys_of(self.attribute, self._values(*columns)), None)

    def _values(self, *columns: pa.Array) -> pa.Array:
        if self.attribute not in OF_TEXTS:
            return image_sizes(*columns)
        texts = coded(columns[0])
        return OF_TEXTS[self.attribute](texts.dictionary).take(texts.indices)
