"""The images of a classification set, and their embeddings as the stage `images` makes those of a corpus.

A sample's caption is its true class, by name or by index in the list of classes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

import pyarrow as pa
import torch

from udfs import statuses
from udfs.images.decode.policies import DEFAULT, ImagePolicy
from udfs.images.device.devices import decode_threads
from udfs.images.device.gpu_lock import in_turn
from udfs.images.running.batches_in_flight import FoundT, ItemFields
from udfs.images.running.loaded_models import ImageFindings, load_models
from udfs.images.running.pipeline import Content, Pipeline
from udfs.shards.image_reads import row_images

# `concept` is the true class, null if the caption gives none; `embedding` is null unless the status is ok.
LABELLED: Final = pa.schema(
    [
        ("shard", pa.string()),
        ("sample", pa.string()),
        ("concept", pa.string()),
        ("status", pa.string()),
        ("embedding", pa.binary()),
    ]
)
# Images of a record batch.
ROWS: Final = 256


@dataclass
class LabelledImage(ItemFields[FoundT]):
    """An image with its true class on its way through a model."""

    shard: str
    sample: str
    concept: str | None

    @property
    def outcome(self) -> str:
        """The image's status; one without a known class is a bad member of its set."""
        unknown = self.status == statuses.OK and self.concept is None
        return statuses.BAD_MEMBER if unknown else self.status


def labelled_images(
    root: str, batches: Iterator[pa.RecordBatch], names: Sequence[str]
) -> Iterator[tuple[LabelledImage[Any], Content]]:
    """The images of batches with shard, sample, caption and image, under `root`; `names` are the classes by index."""
    for (shard, sample, caption), content in row_images(root, batches, ("shard", "sample", "caption")):
        yield LabelledImage(shard, sample, true_class(caption, names)), content


def true_class(caption: str | None, names: Sequence[str]) -> str | None:
    """The class that a sample's caption gives by name or by index; None if it gives neither."""
    said = (caption or "").strip()
    if said in names:
        return said
    return names[int(said)] if said.isdecimal() and int(said) < len(names) else None


@dataclass(frozen=True)
class EmbedLabelledTask:
    """Batches with shard, sample, caption and image (a LOCATION), sorted by place -> LABELLED, a row per input row.

    `embedder` holds an embedder's settings, `names` the classes by index.
    """

    root: str
    embedder: Mapping[str, Any]
    names: tuple[str, ...]
    policy: ImagePolicy = DEFAULT
    device: str = "auto"
    batch_size: int | None = None
    precision: str = "auto"

    def __call__(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        return in_turn(labelled_images(self.root, batches, self.names), self.device, self._embedded)

    def _embedded(
        self, contents: Iterator[tuple[LabelledImage[ImageFindings], Content]], device: torch.device
    ) -> Iterator[pa.RecordBatch]:
        models = load_models(
            None, self.embedder, batch_size=self.batch_size, device=str(device), precision=self.precision
        )
        images = Pipeline(models, self.policy, decode_threads(device)).run(contents)
        while some := list(islice(images, ROWS)):
            yield pa.RecordBatch.from_pylist([_row(image) for image in some], LABELLED)


def _row(image: LabelledImage[ImageFindings]) -> dict[str, Any]:
    return {
        "shard": image.shard,
        "sample": image.sample,
        "concept": image.concept,
        "status": image.outcome,
        "embedding": image.found.embedding if image.found is not None and image.outcome == statuses.OK else None,
    }
