"""Stored embeddings scored for other labels: the rows of a fresh run with those labels, and no image opened."""

from __future__ import annotations

import io
import pickle
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from udfs.images.models.clip_model import load_clip
from udfs.images.rescoring import STORED, RescoreTask
from udfs.images.task import ImageTask
from udfs.schemas import FEATURES, LOCATION
from udfs.statuses import OK

FIRST = tuple(f"thing {number}" for number in range(12))
GROWN = ("river", *FIRST, "boat")
IMAGES = 21
OPTIONS: dict[str, Any] = {"floor": 0.02, "batch_size": 8, "device": "cpu"}


@pytest.fixture
def rows(tmp_path: Path, picture: Callable[..., bytes]) -> pa.RecordBatch:
    """Places of pictures in two tars, every fifth of which is broken, and of one that has no image."""
    places: list[tuple[str, str, dict[str, Any] | None]] = [("a.tar", "none", None)]
    for shard in ("a.tar", "b.tar"):
        with tarfile.open(tmp_path / shard, "w") as tar:
            for number in range(IMAGES):
                data = b"<html>" if number % 5 == 3 else picture(number + 100 * (shard == "b.tar"))
                info = tarfile.TarInfo(f"{number:03d}.png")
                info.size = len(data)
                place = {"layout": "tar", "offset": tar.offset + 512, "length": len(data)}
                tar.addfile(info, io.BytesIO(data))
                places.append((shard, f"{number:03d}", {**place, "row_group": None, "row": None}))
    shards, samples, images = zip(*places, strict=True)
    columns = [
        pa.array(shards),
        pa.array(samples),
        pa.array(range(len(samples)), pa.int64()),
        pa.array(images, LOCATION),
    ]
    return pa.RecordBatch.from_arrays(columns, ["shard", "sample", "ordinal", "image"])


def seen(rows: pa.RecordBatch, root: Path, labels: tuple[str, ...], tagger: Any, embedder: Any) -> pa.Table:
    task = ImageTask(str(root), tagger, embedder, labels, **OPTIONS, hashes=("bytes", "look"))
    return pa.Table.from_batches(list(task(iter([rows]))))


def scored(stored: pa.Table, tagger: Any, size: int = 1000, labels: tuple[str, ...] = GROWN) -> pa.Table:
    batches: Iterator[pa.RecordBatch] = iter(stored.select(STORED).to_batches(size))
    return pa.Table.from_batches(list(RescoreTask(tagger, labels, **OPTIONS)(batches)), FEATURES)


def results(table: pa.Table) -> list[dict[str, Any]]:
    return table.drop(["seconds"]).to_pylist()


@pytest.mark.parametrize(
    ("activation", "embedder"),
    [
        ("softmax", None),
        ("softmax", {}),
        ("sigmoid", {"normalize": False}),
        ("sigmoid", {"mean": [0.1, 0.2, 0.3]}),
    ],
)
def test_rows_are_those_of_a_fresh_run(
    rows: pa.RecordBatch, tmp_path: Path, tiny_clip: Path, activation: str, embedder: dict[str, Any] | None
) -> None:
    tagger = {"kind": "clip", "model": str(tiny_clip), "prompts": "simple", "activation": activation}
    chosen = None if embedder is None else {"model": str(tiny_clip), **embedder}
    first = seen(rows, tmp_path, FIRST, tagger, chosen)
    fresh = seen(rows, tmp_path, GROWN, tagger, chosen)
    assert results(first) != results(fresh)
    assert all(row["sha256"] and row["perceptual_hash"] for row in results(fresh) if row["status"] == OK)
    assert results(scored(first, tagger)) == results(fresh)
    # A list that shrinks again, and record batches of another size.
    assert results(scored(fresh, tagger, 13, FIRST)) == results(first)


def test_the_tagger_keeps_an_embedding_only_where_the_embedder_has_not_the_same(
    rows: pa.RecordBatch, tmp_path: Path, tiny_clip: Path
) -> None:
    tagger = {"kind": "clip", "model": str(tiny_clip), "prompts": "class"}
    own = [
        seen(rows, tmp_path, FIRST, tagger, chosen)["tagger_embedding"].to_pylist()
        for chosen in (None, {"model": str(tiny_clip)}, {"model": str(tiny_clip), "normalize": False})
    ]
    usable = [at for at, row in enumerate(own[0]) if row is not None]
    assert len(usable) == 2 * IMAGES - 8
    assert not any(own[1])
    assert own[2] == own[0]
    shared = seen(rows, tmp_path, FIRST, tagger, {"model": str(tiny_clip)})["embedding"].to_pylist()
    assert shared == own[0]


def test_no_image_tower_runs_and_the_only_phase_is_scoring(
    rows: pa.RecordBatch, tmp_path: Path, tiny_clip: Path
) -> None:
    tagger = {"kind": "clip", "model": str(tiny_clip), "prompts": "class"}
    first = seen(rows, tmp_path, FIRST, tagger, None)
    for shard in tmp_path.glob("*.tar"):
        shard.unlink()
    forwards: list[int] = []
    hook = load_clip(str(tiny_clip), None).network.visual.register_forward_hook(lambda *_: forwards.append(1))
    try:
        again = scored(first, tagger)
    finally:
        hook.remove()
    assert not forwards and again.num_rows == len(rows)
    phases = [dict(row) for row in again["seconds"].to_pylist() if row]
    assert [set(row) for row in phases] == [{"score"}] * 2, "on the first row of each shard"


def test_a_usable_row_without_an_embedding_is_named(rows: pa.RecordBatch, tmp_path: Path, tiny_clip: Path) -> None:
    tagger = {"kind": "clip", "model": str(tiny_clip), "prompts": "class"}
    first = seen(rows, tmp_path, FIRST, tagger, None)
    lost = first.set_column(
        first.schema.get_field_index("tagger_embedding"), "tagger_embedding", pa.nulls(first.num_rows, pa.binary())
    )
    with pytest.raises(ValueError, match=r"shard a\.tar, sample 000: no embedding of the tagger"):
        scored(lost, tagger)


def test_an_empty_partition_loads_no_model() -> None:
    task = RescoreTask({"kind": "clip", "model": "/no/such/model"}, GROWN)
    empty = FEATURES.empty_table().select(STORED).to_batches() or []
    assert list(task(iter(empty))) == []
    assert pickle.loads(pickle.dumps(task)) == task
