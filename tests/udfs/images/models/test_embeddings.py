"""Stored embeddings are two bytes a number, and come back."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from udfs.images.models.embeddings import decode_embedding, decode_embeddings, encode_embedding


def test_bytes_are_little_endian_float16() -> None:
    assert encode_embedding([1.0, -2.0]) == b"\x00\x3c\x00\xc0"
    assert decode_embedding(b"\x00\x3c\x00\xc0", 2).tolist() == [1.0, -2.0]


def test_a_column_comes_back_as_a_matrix() -> None:
    rows = np.random.default_rng(0).normal(size=(3, 8)).astype(np.float32)
    column = pa.array([encode_embedding(row) for row in rows], pa.binary())
    assert np.allclose(decode_embeddings(column, 8), rows, atol=2e-3)
    assert decode_embeddings(column.slice(0, 0), 8).shape == (0, 8)


def test_another_dimension_is_refused() -> None:
    with pytest.raises(ValueError, match="4 bytes: expected 3 numbers"):
        decode_embedding(b"\x00\x3c\x00\xc0", 3)
    with pytest.raises(ValueError, match="even"):
        decode_embedding(b"\x00")
