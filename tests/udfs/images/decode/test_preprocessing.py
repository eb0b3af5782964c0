"""Pixels beside those of open_clip's and timm's own transforms on Pillow images: the same where Pillow resizes, else at
most two grey levels apart.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from udfs.images.decode.policies import DEFAULT, PAPER, ImagePolicy
from udfs.images.decode.preparation import prepare
from udfs.images.decode.preprocessing import Preprocessing
from udfs.images.models import clip_model
from udfs.images.models.taggers import classifier

BY_PILLOW = ImagePolicy(resize="pillow")
SIZES = [(500, 375), (333, 500), (64, 48), (225, 224), (1200, 900), (300, 40)]


@pytest.fixture(scope="module")
def pictures(picture: Callable[..., bytes]) -> list[bytes]:
    """Pictures with fine grain, larger and smaller than what models take."""
    found = []
    for seed, size in enumerate(SIZES):
        smooth = np.asarray(Image.open(io.BytesIO(picture(seed, size)))).astype(np.int16)
        grain = np.random.default_rng(seed).integers(-20, 21, smooth.shape)
        file = io.BytesIO()
        Image.fromarray((smooth + grain).clip(0, 255).astype(np.uint8)).save(file, "JPEG", quality=90)
        found.append(file.getvalue())
    return found


def differences(pixels: Preprocessing, transform: Any, pictures: list[bytes], policy: ImagePolicy) -> np.ndarray:
    """Grey levels between our pixels and those of a transform that ends with a tensor of 0 to 1."""
    found = []
    for data in pictures:
        ready = prepare(data, [pixels], policy).pixels
        assert ready is not None
        assert ready[0].shape == (3, *pixels.size) and ready[0].dtype == torch.uint8
        theirs = transform(Image.open(io.BytesIO(data)).convert("RGB")) * 255
        found.append((ready[0].float() - theirs).abs().flatten())
    return torch.cat(found).numpy()


def check(pixels: Preprocessing, transform: Any, pictures: list[bytes]) -> None:
    fast = differences(pixels, transform, pictures, DEFAULT)
    assert fast.max() <= 2.001 and fast.mean() <= 0.1
    # What is left is float32's: 255 times the last bits of numbers up to 1.
    assert differences(pixels, transform, pictures[::2], BY_PILLOW).max() < 1e-4


PLAIN: dict[str, Any] = {"mean": (0.0, 0.0, 0.0), "std": (1.0, 1.0, 1.0)}


@pytest.mark.parametrize("resize_mode", ["shortest", "longest", "squash"])
@pytest.mark.parametrize("interpolation", ["bicubic", "bilinear", "random"])
@pytest.mark.parametrize("size", [224, (160, 224)])
def test_pixels_are_those_of_open_clip(
    pictures: list[bytes], resize_mode: str, interpolation: str, size: int | tuple[int, int]
) -> None:
    from open_clip.transform import PreprocessCfg, image_transform_v2

    config = {"size": size, "resize_mode": resize_mode, "interpolation": interpolation, "fill_color": 90, **PLAIN}
    theirs = image_transform_v2(PreprocessCfg(**config), is_train=False)
    check(clip_model._preprocessing(config), theirs, pictures)


@pytest.mark.parametrize("crop_mode", ["center", "squash", "border"])
@pytest.mark.parametrize("interpolation", ["bicubic", "bilinear"])
@pytest.mark.parametrize("size", [(224, 224), (160, 224)])
def test_pixels_are_those_of_timm(
    pictures: list[bytes], crop_mode: str, interpolation: str, size: tuple[int, int]
) -> None:
    from timm.data import create_transform

    mean = (0.485, 0.456, 0.406)
    data = {"input_size": (3, *size), "interpolation": interpolation, "crop_pct": 0.875, "crop_mode": crop_mode}
    theirs = create_transform(**data, mean=mean, std=(1.0, 1.0, 1.0), is_training=False)

    class Model:
        pretrained_cfg = {**data, "mean": mean, "std": (1.0, 1.0, 1.0)}

    pixels = classifier._preprocessing(Model(), {})
    back = torch.tensor(mean).view(3, 1, 1)
    check(pixels, lambda image: theirs(image) + back, pictures)


def test_pixels_are_normalised_as_tensors_of_floats_are() -> None:
    from torchvision.transforms.functional import normalize

    mean, std = (0.48, 0.45, 0.4), (0.26, 0.27, 0.28)
    pixels = torch.randint(0, 256, (2, 3, 4, 5), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    found = Preprocessing((4, 5), "squash", "bilinear", mean, std).normalised(pixels)
    assert torch.equal(found, normalize(pixels.float() / 255, mean, std))


def test_models_of_one_geometry_share_their_pixels() -> None:
    first = Preprocessing((4, 4), "squash", "bilinear", (0.1, 0.2, 0.3), (0.5, 0.5, 0.5))
    assert first.geometry == Preprocessing((4, 4), "squash", "bilinear", (0.5, 0.5, 0.5), (0.1, 0.2, 0.3)).geometry
    assert first.geometry != Preprocessing((4, 4), "squash", "bicubic", (0.1, 0.2, 0.3), (0.5, 0.5, 0.5)).geometry


@pytest.mark.parametrize("fit", ["squash", "shortest", "longest"])
@pytest.mark.parametrize("size", [(1, 1), (1, 1000), (1000, 1), (2000, 3)])
def test_no_shape_is_too_thin(fit: Any, size: tuple[int, int]) -> None:
    for target in ((32, 32), (16, 48)):
        pixels = Preprocessing(target, fit, "bicubic", (0, 0, 0), (1, 1, 1)).pixels(
            torch.zeros((3, *size), dtype=torch.uint8)
        )
        assert pixels.shape == (3, *target)


def test_real_photos(shared: Path) -> None:
    from open_clip.transform import PreprocessCfg, image_transform_v2

    files = sorted((shared / "corpora/imagenet_sample/images").iterdir())[::50]
    photos = [path.read_bytes() for path in files]
    for resize_mode, size in (("squash", 384), ("shortest", 224)):
        config = {"size": size, "resize_mode": resize_mode, "interpolation": "bilinear", "fill_color": 0, **PLAIN}
        theirs = image_transform_v2(PreprocessCfg(**config), is_train=False)
        check(clip_model._preprocessing(config), theirs, photos)


def squashed_by_pillow(data: bytes, side: int) -> np.ndarray:
    """[side, side, 3] as the paper's own code makes it: Pillow from the file on."""
    image = Image.open(io.BytesIO(data)).convert("RGB")
    return np.asarray(image.resize((side, side), Image.Resampling.BILINEAR))


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "LA", "L", "P", "1", "CMYK", "I;16"])
@pytest.mark.parametrize("size", [(210, 640), (97, 61), (384, 384)])
def test_the_papers_pixels_are_pillows_whatever_the_file_holds(
    picture: Callable[..., bytes], mode: str, size: tuple[int, int]
) -> None:
    image = Image.open(io.BytesIO(picture(8, size)))
    if mode == "I;16":
        image = Image.fromarray(np.asarray(image.convert("L")).astype(np.uint16) * 3)
    elif mode == "RGBA":
        image.putalpha(image.getchannel("R"))
    else:
        image = image.convert(mode)
    view = Preprocessing((384, 384), "squash", "bilinear", (0, 0, 0), (1, 1, 1))
    for kind in ("PNG", "JPEG", "TIFF", "WEBP"):
        file = io.BytesIO()
        try:
            image.save(file, kind)
        except (OSError, KeyError):  # a format that does not hold such images
            continue
        found = prepare(file.getvalue(), [view], PAPER).pixels
        assert found is not None
        assert np.array_equal(found[0].permute(1, 2, 0), squashed_by_pillow(file.getvalue(), 384)), kind
