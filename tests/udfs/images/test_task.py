"""Images of shards to features: every row answered, each image forwarded once, the same for any split."""

from __future__ import annotations

import io
import logging
import random
import tarfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import torch

from udfs import statuses
from udfs.images.feature_rows import ROWS, FeatureRow, cut, to_batch
from udfs.images.models.clip_model import load_clip
from udfs.images.models.embeddings import decode_embedding
from udfs.images.running.loaded_models import ImageFindings
from udfs.images.running.pipeline import PHASES
from udfs.images.task import ImageTask
from udfs.schemas import FEATURES, LOCATION

LABELS = tuple(f"thing {number}" for number in range(12))
Rows = list[tuple[str, str, dict[str, Any] | None]]


@pytest.fixture
def corpus(tmp_path: Path, picture: Callable[..., bytes]) -> tuple[str, Rows]:
    """Two tars of 20 pictures each, the rows that point into them, and one row without an image in each."""
    rows: Rows = []
    for shard in ("a.tar", "b.tar"):
        rows.append((shard, "none", None))
        with tarfile.open(tmp_path / shard, "w") as tar:
            for number in range(20):
                data = picture(number + 100 * (shard == "b.tar"), kind=("PNG", "JPEG")[number % 2])
                data = b"<html>" if number == 7 else data
                info = tarfile.TarInfo(f"{number:03d}.jpg")
                info.size = len(data)
                offset = tar.offset + 512
                tar.addfile(info, io.BytesIO(data))
                place = {"layout": "tar", "offset": offset, "length": len(data)}
                rows.append((shard, f"{number:03d}", {**place, "row_group": None, "row": None}))
    return str(tmp_path), rows


def batches(rows: Rows, size: int) -> Iterator[pa.RecordBatch]:
    for start in range(0, len(rows), size):
        shards, samples, images = zip(*rows[start : start + size], strict=True)
        columns = [
            pa.array(shards),
            pa.array(samples),
            pa.array(range(len(samples)), pa.int64()),
            pa.array(images, LOCATION),
        ]
        yield pa.RecordBatch.from_arrays(columns, ["shard", "sample", "ordinal", "image"])


def run(task: ImageTask, rows: Rows, size: int = 1000) -> list[dict[str, Any]]:
    found = list(task(batches(rows, size)))
    assert all(batch.schema.equals(FEATURES) for batch in found)
    return [row for batch in found for row in batch.to_pylist()]


def both(root: str, folder: Path, **more: Any) -> ImageTask:
    tagger = {"kind": "clip", "model": str(folder), "prompts": "class"}
    settings = {"batch_size": 8, "floor": 0.05, "device": "cpu", **more}
    return ImageTask(root, tagger, {"model": str(folder)}, LABELS, **settings)


def counted(folder: Path) -> tuple[list[int], Any]:
    """The size of each forward of the image tower, and the hook to remove."""
    sizes: list[int] = []
    visual = load_clip(str(folder), None).network.visual
    return sizes, visual.register_forward_hook(lambda _m, inputs, _o: sizes.append(len(inputs[0])))


def test_every_row_is_answered_in_order(corpus: tuple[str, Rows], tiny_clip: Path) -> None:
    root, rows = corpus
    found = run(both(root, tiny_clip), rows, 13)
    assert [(row["shard"], row["sample"]) for row in found] == [row[:2] for row in rows]
    by_status = {row["sample"]: row["status"] for row in found}
    assert by_status["none"] == statuses.NO_IMAGE
    assert by_status["007"] == statuses.NOT_AN_IMAGE
    good = [row for row in found if row["status"] == statuses.OK]
    assert len(good) == 38
    for row in good:
        assert abs((decode_embedding(row["embedding"], 32) ** 2).sum() - 1) < 1e-2
        scores = [tag["score"] for tag in row["tags"]]
        assert scores == sorted(scores, reverse=True) and all(score > 0.05 for score in scores)
    assert all(row["tags"] is None and row["embedding"] is None for row in found if row not in good)


def test_an_image_is_forwarded_once_for_tagger_and_embedder(corpus: tuple[str, Rows], tiny_clip: Path) -> None:
    root, rows = corpus
    sizes, hook = counted(tiny_clip)
    try:
        run(both(root, tiny_clip), rows, 13)
    finally:
        hook.remove()
    assert sizes == [32] * 2, "38 images are 2 forwards of 32, the last one filled up"


@pytest.mark.parametrize("embedder", [{}, {"normalize": False}])
def test_sharing_a_forward_changes_nothing(corpus: tuple[str, Rows], tiny_clip: Path, embedder: dict[str, Any]) -> None:
    root, rows = corpus
    task = both(root, tiny_clip)
    options: dict[str, Any] = {"batch_size": 8, "floor": 0.05, "device": "cpu"}
    settings = {"model": str(tiny_clip), **embedder}
    together = run(ImageTask(root, task.tagger, settings, LABELS, **options), rows)
    tags = run(ImageTask(root, task.tagger, None, LABELS, **options), rows)
    embeddings = run(ImageTask(root, None, settings, **options), rows)
    assert [row["tags"] for row in together] == [row["tags"] for row in tags]
    assert [row["embedding"] for row in together] == [row["embedding"] for row in embeddings]
    assert all(row["embedding"] is None for row in tags)
    assert all(row["tags"] is None for row in embeddings)


def test_results_do_not_depend_on_order_or_split(corpus: tuple[str, Rows], tiny_clip: Path) -> None:
    root, rows = corpus
    task = both(root, tiny_clip)

    def results(parts: list[Rows]) -> dict[tuple[str, str], tuple[Any, Any]]:
        found = [row for part in parts for row in run(task, part)]
        return {(row["shard"], row["sample"]): (row["tags"], row["embedding"]) for row in found}

    whole = results([rows])
    random_ = random.Random(3)
    for size in (1, 5, 21):
        mixed = random_.sample(rows, len(rows))
        parts = [sorted(mixed[start : start + size]) for start in range(0, len(mixed), size)]
        assert results([by_place(part) for part in parts]) == whole


def by_place(rows: Rows) -> Rows:
    return sorted(rows, key=lambda row: (row[0], (row[2] or {}).get("offset", -1)))


def test_the_seconds_of_a_shard_stand_on_its_first_row(corpus: tuple[str, Rows], tiny_clip: Path) -> None:
    root, rows = corpus
    found = run(both(root, tiny_clip), rows)
    firsts = [at for at, row in enumerate(found) if row["seconds"]]
    assert firsts == [0, 21]
    for at in firsts:
        assert {phase for phase, _ in found[at]["seconds"]} == set(PHASES)
    assert sum(row["seconds"] is None for row in found) == 40


def test_a_missing_shard_is_a_status(tiny_clip: Path, tmp_path: Path) -> None:
    place = {"layout": "tar", "offset": 512, "length": 9, "row_group": None, "row": None}
    (found,) = run(both(str(tmp_path), tiny_clip), [("gone.tar", "0", place)])
    assert found["status"] == statuses.FETCH_ERROR and found["detail"]


def test_an_empty_partition_loads_no_model(tmp_path: Path) -> None:
    task = ImageTask(str(tmp_path), {"kind": "clip", "model": "/no/such/model"}, labels=LABELS)
    assert list(task(iter(()))) == []
    assert list(task(batches([], 5))) == []


def test_one_line_is_logged_a_task(corpus: tuple[str, Rows], tiny_clip: Path, caplog: pytest.LogCaptureFixture) -> None:
    root, rows = corpus
    with caplog.at_level(logging.INFO, logger="udfs.images.task"):
        run(both(root, tiny_clip), rows, 7)
    (line,) = [one.getMessage() for one in caplog.records if one.name == "udfs.images.task"]
    assert "42 images of 2 shards from a.tar on cpu in batches of 8, forwards of 32 (float32)" in line
    for phase in PHASES:
        assert f"{phase} " in line


def test_writing_the_last_rows_is_timed_too(
    corpus: tuple[str, Rows], tiny_clip: Path, caplog: pytest.LogCaptureFixture
) -> None:
    root, rows = corpus
    with caplog.at_level(logging.INFO, logger="udfs.images.task"):
        for _ in both(root, tiny_clip)(batches(rows, 7)):
            time.sleep(0.3)
    assert "write 0.3 s" in caplog.text


def test_output_batches_are_small(corpus: tuple[str, Rows], tiny_clip: Path) -> None:
    root, rows = corpus
    many = [row for row in rows[:2] for _ in range(1100)]
    many = [(shard, f"{at}", image) for at, (shard, _, image) in enumerate(many)]
    sizes = [len(batch) for batch in both(root, tiny_clip)(batches(many, 500))]
    assert sum(sizes) == 2200 and max(sizes) <= ROWS


def test_rows_with_every_label_are_cut_by_bytes() -> None:
    import numpy as np

    every = ImageFindings(np.arange(1000, dtype=np.int32), np.ones(1000, np.float32))
    rows = [FeatureRow("s", str(at), statuses.OK, found=every) for at in range(10)]
    parts = list(cut(rows, 130_000))
    assert [len(part) for part in parts] == [2] * 5
    labels = [f"label number {at}" for at in range(1000)]
    assert all(to_batch(part, labels).nbytes < 130_000 for part in parts)


def test_the_task_travels_by_pickle(tiny_clip: Path) -> None:
    import pickle

    task = both("root", tiny_clip)
    assert pickle.loads(pickle.dumps(task)) == task


def test_a_model_without_gradients(corpus: tuple[str, Rows], tiny_clip: Path) -> None:
    assert torch.is_grad_enabled()
    run(both(corpus[0], tiny_clip), corpus[1])
    assert torch.is_grad_enabled()
    assert not any(one.requires_grad for one in load_clip(str(tiny_clip), None).network.parameters())
