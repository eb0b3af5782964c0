"""RAM++ through the stage's own code: from files in a shard to tags in rows."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import golden_ram_plus as golden
import pyarrow as pa
import pytest
import random_ram_plus
import torch

from udfs import statuses
from udfs.images.decode.decoding import decode
from udfs.images.decode.policies import PAPER
from udfs.images.feature_rows import FeatureRow
from udfs.images.models.taggers import registry
from udfs.images.running.loaded_models import Models, load_models
from udfs.images.running.pipeline import Pipeline
from udfs.images.task import ImageTask
from udfs.schemas import LOCATION

NAMES = ("cat", "fire_engine", "clock", "tree", "sea")
MODES = pytest.mark.parametrize("mode", ["paper", "upstream"])
# Of a probability.
TOLERANCE = 3e-5


def through_pipeline(models: Models, images: Sequence[bytes]) -> torch.Tensor:
    """The probabilities [B, N] that a pipeline with the paper's policy finds, by label."""
    rows = ((FeatureRow("s", str(at), statuses.OK), data) for at, data in enumerate(images))
    found = []
    for row in Pipeline(models, PAPER, 2).run(rows):
        assert row.status == statuses.OK and row.found is not None and row.found.scores is not None
        assert sorted(row.found.labels) == list(range(len(models.tagger.labels)))  # type: ignore[union-attr]
        assert (row.found.scores[:-1] >= row.found.scores[1:]).all(), "best first"
        found.append(torch.tensor(row.found.scores)[torch.tensor(row.found.labels).argsort()])
    return torch.stack(found)


@MODES
def test_a_pipeline_finds_what_the_original_does(shared: Path, tmp_path: Path, mode: str) -> None:
    settings = golden.tagger_settings(shared, tmp_path, mode)
    models = load_models(settings, None, floor=0.0, device="cpu")
    found = through_pipeline(models, [path.read_bytes() for path in golden.pictures(shared)])
    torch.testing.assert_close(found, golden.expected(shared, "probs", mode), atol=TOLERANCE, rtol=0)


@MODES
def test_a_task_finds_what_the_original_does(shared: Path, tmp_path: Path, mode: str) -> None:
    settings = golden.tagger_settings(shared, tmp_path, mode)
    batch = shard(tmp_path / "a.tar", golden.pictures(shared))
    # Two of the pictures have no label above it, and none within the tolerance of it.
    floor, probabilities = 0.2, golden.expected(shared, "probs", mode)
    assert (probabilities > floor).any(dim=1).sum() == 2 and ((probabilities - floor).abs() > TOLERANCE).all()
    task = ImageTask(str(tmp_path), settings, policy=registry.default_policy(settings), floor=floor, device="cpu")
    rows = [row for found in task(iter([batch])) for row in found.to_pylist()]
    assert [(row["sample"], row["status"]) for row in rows] == [(name, statuses.OK) for name in golden.PICTURES]
    for row, expected in zip(rows, probabilities, strict=True):
        above = {name: score for name, score in zip(golden.NAMES, expected.tolist(), strict=True) if score > floor}
        tags = {tag["label"]: tag["score"] for tag in row["tags"]}
        assert tags == pytest.approx(above, abs=TOLERANCE)
        assert list(tags.values()) == sorted(tags.values(), reverse=True)


def shard(path: Path, pictures: Sequence[Path]) -> pa.RecordBatch:
    """A tar of these files, and the rows that point into it."""
    places: list[dict[str, Any]] = []
    with tarfile.open(path, "w") as tar:
        for picture in pictures:
            data = picture.read_bytes()
            member = tarfile.TarInfo(picture.name)
            member.size = len(data)
            place = {"layout": "tar", "offset": tar.offset + 512, "length": len(data), "row_group": None, "row": None}
            tar.addfile(member, io.BytesIO(data))
            places.append(place)
    names = pa.array([picture.stem for picture in pictures])
    columns = [
        pa.array([path.name] * len(places)),
        names,
        pa.array(range(len(names)), pa.int64()),
        pa.array(places, LOCATION),
    ]
    return pa.RecordBatch.from_arrays(columns, ["shard", "sample", "ordinal", "image"])


@MODES
def test_a_pipeline_of_many_images_scores_each_as_alone(mode: str, tmp_path: Path, picture: Any) -> None:
    settings = dict(random_ram_plus.tagger_settings(tmp_path, NAMES, mode=mode))
    random_ram_plus.write_labels(tmp_path / "labels.safetensors", NAMES, descriptions=3)
    images = [picture(at, (40 + at, 90 - at), ("JPEG", "PNG", "WEBP")[at % 3]) for at in range(40)]
    models = load_models(settings, None, floor=0.0, device="cpu", batch_size=7)
    tagger = registry.build(settings, (), torch.device("cpu"))
    assert tagger is models.tagger
    pixels = torch.stack([tagger.preprocessing.pixels(decode(data, PAPER).image) for data in images])
    torch.testing.assert_close(through_pipeline(models, images), tagger.scores(pixels), atol=1e-6, rtol=0)
