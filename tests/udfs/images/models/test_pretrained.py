"""The preprocessing that all pretrained weights of a model have in common."""

from __future__ import annotations

from udfs.images.models.clip_files import OVERRIDES
from udfs.images.models.pretrained import common_preprocessing, disputed_preprocessing


def test_a_model_is_preprocessed_as_it_was_published() -> None:
    found = common_preprocessing("ViT-B-16-SigLIP", OVERRIDES)
    assert found == {"mean": (0.5,) * 3, "std": (0.5,) * 3, "interpolation": "bicubic", "resize_mode": "squash"}
    assert common_preprocessing("ViT-L-14-CLIPA", OVERRIDES)["interpolation"] == "bilinear"


def test_what_weights_of_a_model_differ_in_is_left_open() -> None:
    found = common_preprocessing("ViT-H-14", OVERRIDES)
    assert "resize_mode" not in found and found["interpolation"] == "bicubic"
    assert common_preprocessing("/models/my-clip", OVERRIDES) == {}
    assert disputed_preprocessing("ViT-L-14", OVERRIDES) == ["mean", "std"]
    assert disputed_preprocessing("ViT-B-16-SigLIP", OVERRIDES) == disputed_preprocessing("/models/my", OVERRIDES) == []
