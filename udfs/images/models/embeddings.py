"""The stored form of embeddings: little-endian float16, two bytes per number, no header."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

STORED = np.dtype("<f2")


def encode_embedding(vector: npt.ArrayLike) -> bytes:
    """The bytes of one embedding: `vector` [D] rounded to float16."""
    return np.ascontiguousarray(vector, dtype=STORED).tobytes()


def decode_embedding(data: bytes, dimension: int | None = None) -> npt.NDArray[np.float32]:
    """The embedding [D] in float32; raises ValueError if `dimension` is given and differs."""
    found, odd = divmod(len(data), STORED.itemsize)
    if odd or (dimension is not None and found != dimension):
        expected = "an even number of bytes" if dimension is None else f"{dimension} numbers of 2 bytes"
        raise ValueError(f"an embedding of {len(data)} bytes: expected {expected}")
    return np.frombuffer(data, dtype=STORED).astype(np.float32)


def decode_embeddings(rows: Sequence[bytes] | Any, dimension: int | None = None) -> npt.NDArray[np.float32]:
    """Embeddings [N, D] of a column, which is a sequence of bytes or an Arrow array without nulls."""
    values = rows.to_pylist() if hasattr(rows, "to_pylist") else rows
    if not values:
        return np.empty((0, dimension or 0), np.float32)
    size = dimension if dimension is not None else len(values[0]) // STORED.itemsize
    return np.stack([decode_embedding(value, size) for value in values])
