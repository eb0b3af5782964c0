"""Tags and embeddings as columns of anyone's own frame, and as functions of SQL."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from udfs.images.batching import load_models
from udfs.images.columns import look
from udfs.images.embeddings import decode_embedding
from udfs.images.policies import DEFAULT

LABELS = ("cat", "dog", "clock")


def test_what_cannot_be_decoded_is_null_in_its_place(
    tiny_clip: Path, picture: Callable[..., bytes], tmp_path: Path
) -> None:
    models = load_models(None, {"model": str(tiny_clip)}, batch_size=4, device="cpu")
    good = [picture(seed) for seed in range(6)]
    images = [good[0], None, b"<html>", *good[1:], b""]
    (found,) = look([pa.array(images, pa.binary())], models, DEFAULT)
    assert [one is not None for one in found] == [True, False, False, *[True] * 5, False]

    paths = [tmp_path / f"{number}.png" for number in range(6)]
    for path, data in zip(paths, good, strict=True):
        path.write_bytes(data)
    uris = pa.array([str(paths[0]), paths[1].as_uri(), str(tmp_path / "gone.png")])
    none: pa.Array = pa.array([], pa.string())
    first, read, last = look([none, uris, none], models, DEFAULT)
    assert first == last == []
    assert [one and one.embedding for one in read] == [found[0].embedding, found[3].embedding, None]  # type: ignore[union-attr]


@pytest.fixture
def session(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A session that is there already, or a small one of our own."""
    from pyspark.sql import SparkSession

    # Else workers take the python3 of PATH.
    monkeypatch.setenv("PYSPARK_PYTHON", sys.executable)
    ours = SparkSession.getActiveSession() is None
    builder = SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false")
    spark = builder.config("spark.sql.warehouse.dir", str(tmp_path)).getOrCreate()
    yield spark
    if ours:
        spark.stop()


@pytest.mark.long
def test_columns_and_sql_give_the_same(session: Any, tiny_clip: Path, picture: Callable[..., bytes]) -> None:
    from udfs import clip_embedding, image_tags, register

    tagger = {"kind": "clip", "model": str(tiny_clip), "prompts": "class"}
    rows = [(bytearray(picture(1)),), (None,), (bytearray(b"no image"),), (bytearray(picture(2)),)]
    frame = session.createDataFrame(rows, "image binary").coalesce(1)
    tags = image_tags("image", tagger, LABELS, floor=0.0, device="cpu").alias("tags")
    embedding = clip_embedding("image", str(tiny_clip), device="cpu").alias("embedding")
    columns = frame.select(tags, embedding).collect()
    assert [row.tags is None for row in columns] == [False, True, True, False]
    assert {tag.label for tag in columns[0].tags} == set(LABELS)
    assert decode_embedding(columns[0].embedding, 32).shape == (32,)

    names = register(session, tagger=tagger, embedder={"model": str(tiny_clip)}, labels=LABELS, floor=0.0)
    assert names == ("noun_lemmas", "image_tags", "clip_embedding")
    frame.createOrReplaceTempView("pictures")
    query = "SELECT image_tags(image) AS tags, clip_embedding(image) AS embedding FROM pictures"
    assert session.sql(query).collect() == columns
    nouns = session.sql("SELECT noun_lemmas('Two dogs chase a cat') AS nouns").first().nouns
    assert nouns == ["cat", "dog"]
