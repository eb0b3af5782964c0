"""The nearest stored embedding beside a plain loop, with duplicates, ties and embeddings that have no direction."""

from __future__ import annotations

import random
from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pytest

from udfs.images import nearest
from udfs.images.models.embeddings import decode_embedding, encode_embedding
from udfs.images.nearest import EMBEDDED, NEAREST, NearestTask, embedded

Row = tuple[str, int, str, bytes]


def vectors(count: int, seed: int, dimension: int = 24) -> list[bytes]:
    drawn = np.random.default_rng(seed).normal(size=(count, dimension))
    return [encode_embedding(one / np.linalg.norm(one)) for one in drawn]


def rows_of(count: int, seed: int = 0) -> list[Row]:
    return [(f"{at % 3}.tar", at, f"s{at}", one) for at, one in enumerate(vectors(count, seed))]


def batches(rows: list[Row], size: int) -> Iterator[pa.RecordBatch]:
    for start in range(0, len(rows), size):
        columns = zip(*rows[start : start + size], strict=True)
        arrays = [pa.array(column, one.type) for column, one in zip(columns, EMBEDDED, strict=True)]
        yield pa.RecordBatch.from_arrays(arrays, schema=EMBEDDED)


def found(images: list[bytes], rows: list[Row], size: int = 7) -> list[dict]:
    (batch,) = NearestTask(tuple(images))(batches(rows, size))
    assert batch.schema == NEAREST
    return batch.to_pylist()


def cosine(one: bytes, other: bytes) -> float:
    a, b = (decode_embedding(data).astype(float) for data in (one, other))
    return float(a @ b / np.sqrt((a @ a) * (b @ b)))


def test_it_is_that_of_a_plain_loop() -> None:
    rows, images = rows_of(40), vectors(9, 1)
    for image, row in zip(images, found(images, rows), strict=True):
        best = max(rows, key=lambda one, image=image: cosine(image, one[3]))
        assert (row["shard"], row["ordinal"], row["sample"]) == best[:3]
        assert row["similarity"] == pytest.approx(cosine(image, best[3]), abs=1e-12) and row["compared"] == 40


def test_neither_order_nor_blocks_change_a_row(monkeypatch: pytest.MonkeyPatch) -> None:
    rows, images = (
        [*rows_of(40), *[(f"z{at}.tar", 0, "t", one[3]) for at, one in enumerate(rows_of(40))]],
        vectors(9, 1),
    )
    expected = found(images, rows)
    monkeypatch.setattr(nearest, "COLUMNS", 5)
    for seed, size in ((1, 1), (2, 13), (3, 80)):
        mixed = random.Random(seed).sample(rows, len(rows))
        assert found(images, mixed, size) == expected


def test_a_duplicate_has_one_and_the_first_of_duplicates_is_nearest() -> None:
    rows = rows_of(10)
    longer = encode_embedding(7 * decode_embedding(rows[4][3]))
    rows += [("0.tar", 99, "twin", rows[4][3]), ("1.tar", 2, "first of its shard", rows[5][3])]
    same, scaled, other = found([rows[4][3], longer, rows[5][3]], rows)
    assert same["similarity"] == 1.0 and same["sample"] == "twin"
    assert scaled["similarity"] == pytest.approx(1, abs=1e-3) and scaled["sample"] == "twin"
    assert other["similarity"] == 1.0 and other["sample"] == "first of its shard"


def test_what_has_no_direction_is_left_out() -> None:
    rows, (image,) = rows_of(5), vectors(1, 1)
    nothing, overflowed = encode_embedding(np.zeros(24)), encode_embedding(np.full(24, np.inf))
    odd = [("0.tar", 7, "zero", nothing), ("0.tar", 8, "inf", overflowed)]
    usable, *others = found([image, nothing, overflowed], rows + odd)
    assert others == [] and usable["compared"] == 5 and np.isfinite(usable["similarity"])
    assert found([image], odd) == [] and found([image], []) == []


def test_rows_without_an_embedding_are_left_out() -> None:
    shards = pa.array(["a.tar", "a.tar"]).dictionary_encode()
    one = pa.record_batch([shards, pa.array([0, 1]), pa.array(["x", "y"]), pa.array([None, b"\0\1"])], EMBEDDED.names)
    (kept,) = embedded(iter([one]))
    assert kept.schema == EMBEDDED and kept["sample"].to_pylist() == ["y"]
