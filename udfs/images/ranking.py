"""How many of a gallery lie nearer to a query than its own best match, block by block, exactly.

Embeddings have length 1 and are stored as float16, whose values are multiples of 2^-24. So products are multiples of
2^-48, and no partial sum reaches 2: float64, with 53 bits, rounds none of them. A score is therefore the same in any
order of summing, block, library and machine, and equal scores are ties and not accidents of rounding.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from udfs.images.models.embeddings import decode_embeddings

# A query or an item of the gallery; `score` is that of a query's best match.
QUERIES: Final = pa.schema([("id", pa.string()), ("embedding", pa.binary()), ("score", pa.float64())])
# How many items of a block have a higher score than the best match, and how many an equal one.
RANKS: Final = pa.schema([("id", pa.string()), ("better", pa.int64()), ("equal", pa.int64())])
# Scores are held for a block of queries and so many items: 16 MB for 4,096 queries.
COLUMNS: Final = 512

Doubles = npt.NDArray[np.float64]


def exact(embeddings: Any) -> Doubles:
    """A column of stored embeddings as [N, D], in which products and their sums are not rounded."""
    return decode_embeddings(embeddings).astype(np.float64)


def compare_block(queries: pa.Table, gallery: pa.Table) -> pa.Table:
    """RANKS of a block of queries (QUERIES) in a block of the gallery, which has the column `embedding`."""
    if not queries.num_rows:
        return RANKS.empty_table()
    better, equal = np.zeros(queries.num_rows, np.int64), np.zeros(queries.num_rows, np.int64)
    asked, own = exact(queries["embedding"]), queries["score"].to_numpy()[:, None]
    for start in range(0, gallery.num_rows, COLUMNS):
        scores = asked @ exact(gallery["embedding"].slice(start, COLUMNS)).T
        better += (scores > own).sum(axis=1)
        equal += (scores == own).sum(axis=1)
    return pa.table([queries["id"], pa.array(better), pa.array(equal)], RANKS)
