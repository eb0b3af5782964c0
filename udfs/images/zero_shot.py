"""Zero-shot classification on an executor: the class of an image is the name whose text embedding is nearest.

A sample's caption is its true class, by name or by index in the list of classes. Counts are partial: their sum over all
batches is the set's. The accuracy of a class is the share of its images for which it is the nearest name. Models
compute in float32, because the spec of an accuracy names no precision.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, Final

import pyarrow as pa
import torch

from udfs import statuses
from udfs.images.decode.facts import Facts
from udfs.images.decode.policies import DEFAULT, ImagePolicy
from udfs.images.decode.preprocessing import Preprocessing
from udfs.images.device.devices import choose_device, decode_threads
from udfs.images.device.gpu_lock import turn
from udfs.images.models.clip_files import clip_settings
from udfs.images.models.clip_model import ClipModel, load_clip
from udfs.images.models.prompts import templates
from udfs.images.models.taggers.registry import check_embedder
from udfs.images.running.forwards import Precision
from udfs.images.running.pipeline import Content, Pipeline
from udfs.shards.image_reads import row_images

# One row per class, prompt and status; `concept` is null if the class is not known.
EVALUATION: Final = pa.schema(
    [
        ("concept", pa.string()),
        ("prompt", pa.string()),
        ("status", pa.string()),
        ("images", pa.int64()),
        ("correct", pa.int64()),
    ]
)

# (concept, prompt, status) -> [images, correct]
Counts = dict[tuple[str | None, str, str], list[int]]


@dataclass(frozen=True)
class EvaluateTask:
    """Batches with shard, sample, caption and image (a LOCATION) -> EVALUATION batches.

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
        counts: Counts = {}
        contents = self._contents(batches)
        first = next(contents, None)
        # A worker without rows loads no model.
        if first is not None:
            device = choose_device(self.device)
            with turn(device):
                pipeline = Pipeline(self._classifier(device), self.policy, decode_threads(device))
                for picture in pipeline.run(chain([first], contents)):
                    self._count(counts, picture)
        yield _to_batch(counts)

    def _classifier(self, device: torch.device) -> ZeroShotClassifier:
        check_embedder({key: value for key, value in self.model.items() if key != "tokenizer"})
        clip = load_clip(device=device, **clip_settings(self.model))
        names = tuple(dict.fromkeys(self.names))
        tokenizer = self.model.get("tokenizer")
        texts = [clip.embed_texts(names, templates(prompt), tokenizer) for prompt in self.prompts]
        return ZeroShotClassifier(clip, names, texts, device, self.batch_size)

    def _contents(self, batches: Iterator[pa.RecordBatch]) -> Iterator[tuple[Picture, Content]]:
        for (caption,), content in row_images(self.root, batches, ("caption",)):
            yield Picture(true_class(caption, self.names)), content

    def _count(self, counts: Counts, picture: Picture) -> None:
        """Count an image for each prompt; an image without a known class is a bad member of the set."""
        unknown = picture.truth is None and picture.status == statuses.OK
        status = statuses.BAD_MEMBER if unknown else picture.status
        for at, prompt in enumerate(self.prompts):
            correct = picture.found is not None and picture.found[at] == picture.truth
            _add(counts, picture.truth, prompt, status, correct)


@dataclass
class Picture:
    """An image of a set with its true class; `found` is the nearest name by each prompt."""

    truth: str | None
    status: str = statuses.OK
    detail: str | None = None
    facts: Facts = Facts()
    found: Sequence[str] | None = None
    seconds: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class ZeroShotClassifier:
    """A loaded model and the text embeddings [N, D] of its N distinct names by each prompt."""

    clip: ClipModel
    names: tuple[str, ...]
    texts: Sequence[torch.Tensor]
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
        """uint8 [B, 3, H, W] -> "nearest" [B, prompts]: the index of the nearest name."""
        images = self.clip.embed_images(pixels[0])
        return {"nearest": torch.stack([(images @ text.T).argmax(dim=-1) for text in self.texts], dim=1)}

    def found(self, outputs: Mapping[str, Any]) -> list[list[str]]:
        """The nearest name of each image by each prompt."""
        return [[self.names[number] for number in row] for row in outputs["nearest"].tolist()]


def true_class(caption: str | None, names: Sequence[str]) -> str | None:
    """The class that a sample's caption gives by name or by index; None if it gives neither."""
    said = (caption or "").strip()
    if said in names:
        return said
    return names[int(said)] if said.isdecimal() and int(said) < len(names) else None


def _add(counts: Counts, truth: str | None, prompt: str, status: str, correct: bool) -> None:
    count = counts.setdefault((truth, prompt, status), [0, 0])
    count[0] += 1
    count[1] += correct


def _to_batch(counts: Counts) -> pa.RecordBatch:
    rows = [(*key, *count) for key, count in counts.items()]
    columns = list(zip(*rows, strict=True)) or [()] * len(EVALUATION)
    arrays = [pa.array(values, field.type) for values, field in zip(columns, EVALUATION, strict=True)]
    return pa.RecordBatch.from_arrays(arrays, schema=EVALUATION)
