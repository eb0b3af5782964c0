"""A tiny open_clip model with random weights, and small pictures."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import clips
import numpy as np
import pytest
from PIL import Image


@pytest.fixture(scope="session")
def tiny_clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as `conceptfreq train` saves it: configuration and safetensors."""
    return clips.save_clip(tmp_path_factory.mktemp("tiny_clip"))


@pytest.fixture(scope="session")
def picture() -> Callable[..., bytes]:
    """picture(seed, size, format): the bytes of a smooth random picture."""

    def make(seed: int, size: tuple[int, int] = (48, 40), kind: str = "PNG") -> bytes:
        coarse = np.random.default_rng(seed).integers(0, 256, (5, 6, 3), dtype=np.uint8)
        file = io.BytesIO()
        Image.fromarray(coarse).resize(size, Image.Resampling.BICUBIC).save(file, kind)
        return file.getvalue()

    return make
