"""Zero-shot classification on an executor: the class of an image is the name whose text embedding is nearest.

The true class of an image is told by its caption (`udfs.images.labelled_images`). The confidence is the probability of
the nearest name: the softmax over all names of the cosines times the model's own scale (a bias, as SigLIP has it, is
common to all names and changes nothing). Models compute in float32, because the spec of an accuracy names no precision.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

import pyarrow as pa
import torch

from udfs.images.decode.policies import DEFAULT, ImagePolicy
from udfs.images.decode.preprocessing import Preprocessing
from udfs.images.device.devices import decode_threads
from udfs.images.device.gpu_lock import in_turn
from udfs.images.labelled_images import LabelledImage, labelled_images
from udfs.images.models.clip_files import clip_settings
from udfs.images.models.clip_model import ClipModel, load_clip
from udfs.images.models.prompts import templates
from udfs.images.models.taggers.registry import check_embedder
from udfs.images.running.forwards import Precision
from udfs.images.running.pipeline import Content, Pipeline

# One row per image and prompt. `concept` is the true class, null if it is not known; `predicted` the nearest name and
# `confidence` its probability, both null if the image cannot be seen.
PREDICTIONS: Final = pa.schema(
    [
        ("shard", pa.string()),
        ("sample", pa.string()),
        ("concept", pa.string()),
        ("prompt", pa.string()),
        ("status", pa.string()),
        ("predicted", pa.string()),
        ("confidence", pa.float64()),
    ]
)
# Images of a record batch.
ROWS: Final = 1024
# Confidences are multiples of its inverse, so that float64 rounds no sum of fewer than 2^29 of them, in any order.
STEPS: Final = 1 << 24

# The nearest name of an image by each prompt, with its confidence.
NearestNames = Sequence[tuple[str, float]]


@dataclass(frozen=True)
class EvaluateTask:
    """Batches with shard, sample, caption and image (a LOCATION) -> PREDICTIONS batches.

    `model` holds an embedder's settings and perhaps a `tokenizer`, `names` the classes by index (repeats are allowed),
    `prompts` any of class, simple and ensemble.
    """

    root: str
    model: Mapping[str, Any]
    names: tuple[str, ...]
    prompts: tuple[str, ...]
    policy: ImagePolicy = DEFAULT
    device: str = "auto"
    batch_size: int = 64

    def __call__(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        return in_turn(labelled_images(self.root, batches, self.names), self.device, self._predictions)

    def _predictions(
        self, contents: Iterator[tuple[LabelledImage[NearestNames], Content]], device: torch.device
    ) -> Iterator[pa.RecordBatch]:
        images = Pipeline(self._classifier(device), self.policy, decode_threads(device)).run(contents)
        while some := list(islice(images, ROWS)):
            yield pa.RecordBatch.from_pylist([row for image in some for row in self._rows(image)], PREDICTIONS)

    def _rows(self, image: LabelledImage[NearestNames]) -> Iterator[dict[str, Any]]:
        """The rows of an image, one per prompt."""
        unseen: tuple[None, None] = (None, None)
        for at, prompt in enumerate(self.prompts):
            predicted, confidence = unseen if image.found is None else image.found[at]
            yield {
                "shard": image.shard,
                "sample": image.sample,
                "concept": image.concept,
                "prompt": prompt,
                "status": image.outcome,
                "predicted": predicted,
                "confidence": confidence,
            }

    def _classifier(self, device: torch.device) -> ZeroShotClassifier:
        check_embedder({key: value for key, value in self.model.items() if key != "tokenizer"})
        clip = load_clip(device=device, **clip_settings(self.model))
        names = tuple(dict.fromkeys(self.names))
        tokenizer = self.model.get("tokenizer")
        texts = [clip.embed_texts(names, templates(prompt), tokenizer) for prompt in self.prompts]
        return ZeroShotClassifier(clip, names, texts, clip.logit_scale, device, self.batch_size)


@dataclass(frozen=True, eq=False)
class ZeroShotClassifier:
    """A loaded model, the text embeddings [N, D] of its N distinct names by each prompt, and the scale of cosines."""

    clip: ClipModel
    names: tuple[str, ...]
    texts: Sequence[torch.Tensor]
    scale: float
    device: torch.device
    batch_size: int
    precision: Precision = "float32"

    @property
    def views(self) -> tuple[Preprocessing, ...]:
        """The model's preprocessing."""
        return (self.clip.preprocessing,)

    @property
    def loaded(self) -> ClipModel:
        """The model."""
        return self.clip

    def forward(self, pixels: Sequence[torch.Tensor]) -> Mapping[str, torch.Tensor]:
        """uint8 [B, 3, H, W] -> "nearest" [B, prompts], the index of the nearest name, and its "confidence"."""
        images = self.clip.embed_images(pixels[0])
        cosines = [images @ text.T for text in self.texts]
        nearest = [one.argmax(dim=-1) for one in cosines]
        shares = [(self.scale * one.double()).softmax(dim=-1).amax(dim=-1) for one in cosines]
        confidence = torch.stack(shares, dim=1).mul(STEPS).round().div(STEPS)
        return {"nearest": torch.stack(nearest, dim=1), "confidence": confidence}

    def found(self, outputs: Mapping[str, Any]) -> list[NearestNames]:
        """The nearest name of each image by each prompt, with its confidence."""
        rows = zip(outputs["nearest"].tolist(), outputs["confidence"].tolist(), strict=True)
        return [[(self.names[number], sure) for number, sure in zip(*row, strict=True)] for row in rows]
