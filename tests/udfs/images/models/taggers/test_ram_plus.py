"""RAM++ as tagger: from files and uint8 pixels to probabilities."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import golden_ram_plus
import pytest
import random_ram_plus
import torch
from PIL import Image
from safetensors.torch import save_file
from torchvision.transforms.v2.functional import to_image

from udfs.images.decode.decoding import decode
from udfs.images.decode.policies import PAPER, ImagePolicy
from udfs.images.decode.preprocessing import Preprocessing
from udfs.images.models import weights
from udfs.images.models.taggers import registry
from udfs.images.models.taggers.base import Tagger
from udfs.setup_errors import ModelError, WeightsError

CPU = torch.device("cpu")
NAMES = ("cat", "fire_engine", "clock", "tree", "sea")


@pytest.fixture
def settings(tmp_path: Path) -> dict[str, Any]:
    return dict(random_ram_plus.tagger_settings(tmp_path, NAMES))


def pixels(count: int, side: int = 64) -> torch.Tensor:
    return torch.randint(0, 256, (count, 3, side, side), generator=torch.Generator().manual_seed(3), dtype=torch.uint8)


@pytest.mark.parametrize("mode", ["paper", "upstream"])
def test_pictures_come_out_as_the_original_scores_them(shared: Path, tmp_path: Path, mode: str) -> None:
    """From PNG files on: the very pixels, and probabilities but for the last bits of what is added up."""
    settings = golden_ram_plus.tagger_settings(shared, tmp_path, mode)
    tagger = registry.build(settings, (), CPU)
    assert tagger.labels == golden_ram_plus.NAMES and tagger.preprocessing.size == (224, 224)
    batch = golden_pixels(shared, tagger, registry.default_policy(settings))
    assert torch.equal(batch, grey_levels(golden_ram_plus.pixel_values(shared), tagger.preprocessing))
    expected = golden_ram_plus.expected(shared, "probs", mode)
    torch.testing.assert_close(tagger.scores(batch), expected, atol=3e-5, rtol=0)
    logits = tagger.network.logits(tagger.preprocessing.normalised(batch))  # type: ignore[attr-defined]
    torch.testing.assert_close(logits, golden_ram_plus.expected(shared, "logits", mode), atol=1e-4, rtol=0)


def test_resized_by_torchvision_probabilities_move_by_more(shared: Path, tmp_path: Path) -> None:
    settings = golden_ram_plus.tagger_settings(shared, tmp_path, "upstream")
    tagger = registry.build(settings, (), CPU)
    batch = golden_pixels(shared, tagger, replace(PAPER, resize="torchvision"))
    levels = batch.int() - grey_levels(golden_ram_plus.pixel_values(shared), tagger.preprocessing).int()
    assert int(levels.abs().max()) == 1
    moved = (tagger.scores(batch) - golden_ram_plus.expected(shared, "probs", "upstream")).abs().max()
    assert 3e-5 < float(moved) < 5e-4


def golden_pixels(shared: Path, tagger: Tagger, policy: ImagePolicy) -> torch.Tensor:
    """The golden pictures from their files on, as the tagger takes them."""
    images = [decode(path.read_bytes(), policy).image for path in golden_ram_plus.pictures(shared)]
    assert all(image is not None for image in images)
    return torch.stack([tagger.preprocessing.pixels(image) for image in images if image is not None])


def grey_levels(normalised: torch.Tensor, preprocessing: Preprocessing) -> torch.Tensor:
    """float32 as a network takes it to the uint8 that it was made of."""
    mean, std = (torch.tensor(values).view(3, 1, 1) for values in (preprocessing.mean, preprocessing.std))
    return ((normalised * std + mean) * 255).round().to(torch.uint8)


def test_scores_are_probabilities_and_rows_do_not_depend_on_one_another(settings: dict[str, Any]) -> None:
    tagger = registry.build(settings, ("other", "names"), CPU)
    batch = pixels(3)
    scores = tagger.scores(batch)
    assert scores.shape == (3, 5) and scores.dtype == torch.float32 and tagger.labels == NAMES
    assert ((scores > 0) & (scores < 1)).all()
    alone = torch.cat([tagger.scores(one[None]) for one in batch])
    torch.testing.assert_close(alone, scores, atol=1e-6, rtol=0)


def test_scores_are_float32_under_autocast_too(settings: dict[str, Any]) -> None:
    tagger = registry.build(settings, (), CPU)
    exact = tagger.scores(pixels(2))
    with torch.autocast("cpu", torch.bfloat16):
        lowered = tagger.scores(pixels(2))
    assert lowered.dtype == torch.float32
    torch.testing.assert_close(lowered, exact, atol=0.05, rtol=0)
    assert torch.equal(tagger.scores(pixels(2)), exact)


def test_one_description_scores_the_same_in_both_modes(settings: dict[str, Any]) -> None:
    paper, upstream = (registry.build({**settings, "mode": mode}, (), CPU) for mode in ("paper", "upstream"))
    assert torch.equal(paper.scores(pixels(2)), upstream.scores(pixels(2)))


def test_a_tagger_is_loaded_once_for_the_same_files(settings: dict[str, Any]) -> None:
    first = registry.build(settings, (), CPU)
    assert registry.build({**settings, "floor": 0.2, "threshold": [0.5]}, ("x",), CPU) is first
    random_ram_plus.write_labels(Path(settings["labels"]), NAMES, seed=9)
    assert registry.build(settings, (), CPU) is not first


def test_images_are_read_as_in_the_paper(settings: dict[str, Any]) -> None:
    policy = registry.default_policy(settings)
    assert policy is PAPER
    assert (policy.exif_rotation, policy.alpha, policy.truncated) == (False, "drop", "pad")


def test_the_identity_holds_what_changes_a_score(settings: dict[str, Any]) -> None:
    identity = registry.tagger_identity({**settings, "floor": 0.1, "threshold": [0.7]})
    assert identity == registry.tagger_identity({**settings, "mode": "paper"})
    assert identity["weights"] == weights.weights_digest(settings["weights"])
    assert identity != registry.tagger_identity({**settings, "mode": "upstream"})
    assert identity != registry.tagger_identity({**settings, "size": 128})
    random_ram_plus.write_labels(Path(settings["labels"]), NAMES, seed=9)
    assert identity != registry.tagger_identity(settings)


def test_another_size_is_taken_where_it_fits(settings: dict[str, Any]) -> None:
    assert registry.build({**settings, "size": 128}, (), CPU).preprocessing.size == (128, 128)
    with pytest.raises(ModelError, match="size 100: these weights take images with sides of 64 pixels"):
        registry.build({**settings, "size": 100}, (), CPU)


class Command:
    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.system, (f"touch {self.mark}",)


def test_a_checkpoint_with_code_is_refused_and_not_run(settings: dict[str, Any], tmp_path: Path) -> None:
    content = {"model": random_ram_plus.random_state(random_ram_plus.TINY), "config": Command(tmp_path / "ran")}
    torch.save(content, settings["weights"])
    with pytest.raises(WeightsError, match="refused.*tensors only"):
        registry.build(settings, (), CPU)
    assert not (tmp_path / "ran").exists()


def test_another_digest_is_refused(settings: dict[str, Any]) -> None:
    for act in (registry.tagger_identity, lambda config: registry.build(config, (), CPU)):
        with pytest.raises(WeightsError, match=f"expected {'0' * 64}"):
            act({**settings, "sha256": "0" * 64})


def test_labels_of_another_width_are_refused(settings: dict[str, Any]) -> None:
    random_ram_plus.write_labels(Path(settings["labels"]), NAMES, width=16)
    with pytest.raises(ModelError, match=r"labels\.safetensors are 16 wide, the weights .*ram_plus\.pth take 32"):
        registry.build(settings, (), CPU)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"weights": None}, "needs weights in its settings"),
        ({"labels": None}, "needs labels in its settings"),
        ({"mode": "mean"}, "mode 'mean': expected paper or upstream"),
        ({"wieghts": "x"}, "unknown wieghts; known are .*weights"),
    ],
)
def test_settings_that_do_not_fit_are_refused(settings: dict[str, Any], changes: dict[str, Any], said: str) -> None:
    with pytest.raises(ModelError, match=said):
        registry.tagger_identity({**settings, **changes})


def test_weights_as_safetensors_are_the_same(settings: dict[str, Any], tmp_path: Path) -> None:
    save_file(weights.load_state(settings["weights"]), tmp_path / "ram_plus.safetensors")
    other = registry.build({**settings, "weights": str(tmp_path / "ram_plus.safetensors")}, (), CPU)
    assert torch.equal(other.scores(pixels(2)), registry.build(settings, (), CPU).scores(pixels(2)))


def test_extreme_shapes_are_squashed(settings: dict[str, Any]) -> None:
    tagger = registry.build(settings, (), CPU)
    for size in ((2000, 8), (1, 1000), (1, 1)):
        assert tagger.preprocessing.pixels(to_image(Image.new("RGB", size, "green"))).shape == (3, 64, 64)
