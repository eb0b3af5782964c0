"""Zero-shot classification beside a plain computation with open_clip, one image at a time."""

from __future__ import annotations

import io
import tarfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import torch
from PIL import Image

from udfs import statuses
from udfs.images.labelled_images import true_class
from udfs.images.models.prompts import templates
from udfs.images.zero_shot import PREDICTIONS, STEPS, EvaluateTask
from udfs.schemas import LOCATION

NAMES = ("sun", "moon", "star", "great owl", "crab", "king")
Row = tuple[str, str, str | None, dict[str, Any] | None]
# (concept, prompt, status) -> (images, correct)
Counts = dict[tuple[str | None, str, str], tuple[int, int]]


@dataclass(frozen=True)
class Set:
    """A set on disk: its folder, its rows, and the usable pictures with their true class."""

    root: str
    rows: list[Row]
    pictures: list[tuple[str, bytes]]


@pytest.fixture
def evaluation_set(tmp_path: Path, picture: Callable[..., bytes]) -> Set:
    """Two tars of 18 pictures. In each: three named by index, one of no known class, one broken, one without image."""
    rows: list[Row] = []
    pictures: list[tuple[str, bytes]] = []
    for number, shard in enumerate(("a.tar", "b.tar")):
        with tarfile.open(tmp_path / shard, "w") as tar:
            for at in range(18):
                name, data = NAMES[at % len(NAMES)], picture(at + 50 * number)
                caption = str(NAMES.index(name)) if at < 3 else name
                caption = "zeppelin" if at == 4 else caption
                data = b"<html>" if at == 5 else data
                info = tarfile.TarInfo(f"{at:03d}.png")
                info.size = len(data)
                place = {
                    "layout": "tar",
                    "offset": tar.offset + 512,
                    "length": len(data),
                    "row_group": None,
                    "row": None,
                }
                tar.addfile(info, io.BytesIO(data))
                rows.append((shard, f"{at:03d}", caption, place))
                if at not in (4, 5):
                    pictures.append((name, data))
        rows.append((shard, "none", "sun", None))
    return Set(str(tmp_path), rows, pictures)


def batches(rows: list[Row], size: int) -> Iterator[pa.RecordBatch]:
    for start in range(0, len(rows), size):
        shards, samples, captions, images = zip(*rows[start : start + size], strict=True)
        columns = [pa.array(shards), pa.array(samples), pa.array(captions, pa.string()), pa.array(images, LOCATION)]
        yield pa.RecordBatch.from_arrays(columns, ["shard", "sample", "caption", "image"])


def predictions(task: EvaluateTask, rows: list[Row], size: int = 1000) -> list[dict[str, Any]]:
    found = []
    for batch in task(batches(rows, size)):
        assert batch.schema.equals(PREDICTIONS)
        found += batch.to_pylist()
    return found


def run(task: EvaluateTask, rows: list[Row], size: int = 1000) -> Counts:
    counts: Counts = {}
    for row in predictions(task, rows, size):
        key = (row["concept"], row["prompt"], row["status"])
        images, correct = counts.get(key, (0, 0))
        counts[key] = (images + 1, correct + (row["predicted"] is not None and row["predicted"] == row["concept"]))
    return counts


def make(evaluation_set: Set, folder: Path, **more: Any) -> EvaluateTask:
    options = {"prompts": ("class", "simple"), "device": "cpu", "batch_size": 8, **more}
    return EvaluateTask(evaluation_set.root, {"model": str(folder)}, NAMES, **options)


def reference(folder: Path, pictures: list[tuple[str, bytes]], prompt: str) -> tuple[Counter[str], Counter[str]]:
    """Images and those classified right, by class: open_clip's own preprocessing and towers, no code of ours."""
    import open_clip

    model, _, preprocess = open_clip.create_model_and_transforms(f"local-dir:{folder}")
    model.eval()
    tokenize = open_clip.get_tokenizer(f"local-dir:{folder}")
    patterns = {"class": ["{}"], "simple": ["a photo of a {}."]}[prompt]
    images: Counter[str] = Counter()
    correct: Counter[str] = Counter()
    with torch.no_grad():
        texts = model.encode_text(tokenize([pattern.format(name) for name in NAMES for pattern in patterns]))
        texts = torch.nn.functional.normalize(texts, dim=-1)
        for name, data in pictures:
            pixels = preprocess(Image.open(io.BytesIO(data)).convert("RGB"))[None]
            image = torch.nn.functional.normalize(model.encode_image(pixels), dim=-1)
            images[name] += 1
            correct[name] += NAMES[int((texts @ image[0]).argmax())] == name
    return images, correct


def test_counts_equal_a_plain_computation(evaluation_set: Set, tiny_clip: Path) -> None:
    counts = run(make(evaluation_set, tiny_clip), evaluation_set.rows)
    for prompt in ("class", "simple"):
        images, correct = reference(tiny_clip, evaluation_set.pictures, prompt)
        assert 0 < sum(correct.values()) < sum(images.values())
        found = {name: counts[name, prompt, statuses.OK] for name in NAMES}
        assert found == {name: (images[name], correct[name]) for name in NAMES}


def test_confidence_is_the_softmax_of_the_scaled_cosines(evaluation_set: Set, tiny_clip: Path) -> None:
    import open_clip

    model, _, preprocess = open_clip.create_model_and_transforms(f"local-dir:{tiny_clip}")
    model.eval()
    found = predictions(make(evaluation_set, tiny_clip, prompts=("class",)), evaluation_set.rows)
    seen = [row for row in found if row["status"] == statuses.OK]
    assert len(seen) == len(evaluation_set.pictures)
    with torch.no_grad():
        texts = model.encode_text(open_clip.get_tokenizer(f"local-dir:{tiny_clip}")(NAMES), normalize=True)
        for row, (name, data) in zip(seen, evaluation_set.pictures, strict=True):
            image = model.encode_image(preprocess(Image.open(io.BytesIO(data)).convert("RGB"))[None], normalize=True)
            shares = (model.logit_scale.exp() * texts @ image[0]).softmax(dim=0)
            assert row["concept"] == name and row["predicted"] == NAMES[int(shares.argmax())]
            assert row["confidence"] == pytest.approx(float(shares.max()), abs=1e-4)
            assert row["confidence"] * STEPS % 1 == 0


def test_each_image_is_named_once_for_each_prompt(evaluation_set: Set, tiny_clip: Path) -> None:
    found = predictions(make(evaluation_set, tiny_clip), evaluation_set.rows)
    keys = [(row["shard"], row["sample"], row["prompt"]) for row in found]
    assert keys == [(row[0], row[1], prompt) for row in evaluation_set.rows for prompt in ("class", "simple")]
    unseen = [row for row in found if row["status"] in (statuses.NOT_AN_IMAGE, statuses.NO_IMAGE)]
    assert len(unseen) == 8 and all(row["predicted"] is None and row["confidence"] is None for row in unseen)


def test_a_class_that_is_not_listed_is_no_image_of_any_class(evaluation_set: Set, tiny_clip: Path) -> None:
    counts = run(make(evaluation_set, tiny_clip), evaluation_set.rows)
    assert counts[None, "class", statuses.BAD_MEMBER] == (2, 0)
    assert not [key for key in counts if key[0] == "zeppelin"]


def test_what_cannot_be_seen_is_counted_by_its_status(evaluation_set: Set, tiny_clip: Path) -> None:
    counts = run(make(evaluation_set, tiny_clip), evaluation_set.rows)
    assert counts["king", "simple", statuses.NOT_AN_IMAGE] == (2, 0)
    assert counts["sun", "simple", statuses.NO_IMAGE] == (2, 0)
    for prompt in ("class", "simple"):
        assert sum(images for key, (images, _) in counts.items() if key[1] == prompt) == len(evaluation_set.rows)


@pytest.mark.parametrize("size", [1, 7, 13])
def test_record_batches_may_be_cut_anywhere(evaluation_set: Set, tiny_clip: Path, size: int) -> None:
    task = make(evaluation_set, tiny_clip)
    assert run(task, evaluation_set.rows, size) == run(task, evaluation_set.rows)


@pytest.mark.parametrize("parts", [2, 5])
def test_partial_counts_add_up(evaluation_set: Set, tiny_clip: Path, parts: int) -> None:
    task = make(evaluation_set, tiny_clip)
    summed: dict[Any, tuple[int, int]] = {}
    for part in range(parts):
        for key, (images, correct) in run(task, evaluation_set.rows[part::parts]).items():
            before = summed.get(key, (0, 0))
            summed[key] = (before[0] + images, before[1] + correct)
    assert summed == run(task, evaluation_set.rows)


def test_a_name_that_is_listed_twice_is_one_class(evaluation_set: Set, tiny_clip: Path) -> None:
    twice = make(evaluation_set, tiny_clip)
    again = EvaluateTask(twice.root, twice.model, (*NAMES, "moon"), twice.prompts, device="cpu", batch_size=8)
    assert run(again, evaluation_set.rows) == run(twice, evaluation_set.rows)


def test_nothing_to_classify_loads_no_model(evaluation_set: Set, tmp_path: Path) -> None:
    assert run(make(evaluation_set, tmp_path / "absent"), []) == {}


@pytest.mark.parametrize(
    ("caption", "truth"),
    [("sun", "sun"), (" great owl ", "great owl"), ("2", "star"), ("6", None), ("-1", None), ("", None), (None, None)],
)
def test_captions_name_a_class_or_its_index(caption: str | None, truth: str | None) -> None:
    assert true_class(caption, NAMES) == truth


def test_a_class_whose_name_is_a_number_is_meant_by_its_name() -> None:
    assert true_class("1", ("1", "2")) == "1"


def test_the_reference_uses_the_templates_that_are_meant() -> None:
    assert (templates("class"), templates("simple")) == (("{}",), ("a photo of a {}.",))
