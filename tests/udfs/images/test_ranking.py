"""Ranks in a gallery are exact: the same in any blocks, and equal scores are ties."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pyarrow as pa
import pytest

from udfs.images import ranking
from udfs.images.models.embeddings import decode_embedding, encode_embedding
from udfs.images.ranking import QUERIES, RANKS, compare_block, exact


def units(count: int, seed: int = 0, dimension: int = 96) -> list[bytes]:
    vectors = np.random.default_rng(seed).normal(size=(count, dimension))
    return [encode_embedding(one / np.linalg.norm(one)) for one in vectors]


def test_products_of_stored_embeddings_are_not_rounded() -> None:
    one, other = units(20), units(20, 1)
    scores = exact(one) @ exact(other).T
    for at, place in ((0, 0), (7, 19), (13, 4)):
        pairs = zip(decode_embedding(one[at]).tolist(), decode_embedding(other[place]).tolist(), strict=True)
        assert Fraction(scores[at, place]) == sum(Fraction(a) * Fraction(b) for a, b in pairs)


@pytest.mark.parametrize("columns", [3, 512])
def test_a_block_counts_what_is_better_and_what_is_equal(monkeypatch: pytest.MonkeyPatch, columns: int) -> None:
    monkeypatch.setattr(ranking, "COLUMNS", columns)
    gallery = [*units(10), units(10)[4]]
    scores = exact(units(1, 5)) @ exact(gallery).T
    own = sorted(scores[0].tolist(), reverse=True)
    queries = pa.table([["a", "b"], units(1, 5) * 2, [own[0], float(scores[0, 4])]], QUERIES)
    found = compare_block(queries, pa.table({"embedding": pa.array(gallery)})).to_pylist()
    assert [row["equal"] for row in found][1] == 2
    assert [row["better"] for row in found] == [0, own.index(float(scores[0, 4]))]
    nothing = pa.table({"embedding": pa.array([], pa.binary())})
    assert compare_block(queries, nothing)["better"].to_pylist() == [0, 0]
    assert compare_block(queries.slice(0, 0), nothing).schema == RANKS
