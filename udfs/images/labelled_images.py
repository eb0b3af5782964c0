"""Embeds the images of a classification set on an executor, as the stage `images` embeds those of a corpus.

Every input row gives one output row.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice
from typing import Any, Final

import pyarrow as pa

from udfs import statuses
from udfs.images.decode.facts import Facts
from udfs.images.decode.policies import DEFAULT, ImagePolicy
from udfs.images.device.devices import choose_device, decode_threads
from udfs.images.device.gpu_lock import turn
from udfs.images.running.loaded_models import ImageFindings, load_models
from udfs.images.running.pipeline import Content, Pipeline
from udfs.images.zero_shot import true_class
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
class LabelledImage:
    """An image with its true class on its way through the model."""

    shard: str
    sample: str
    concept: str | None
    status: str = statuses.OK
    detail: str | None = None
    facts: Facts = Facts()
    found: ImageFindings | None = None
    seconds: dict[str, float] = field(default_factory=dict)

    @property
    def row(self) -> tuple[str | bytes | None, ...]:
        """The image in the columns of LABELLED; one without a known class is a bad member of its set."""
        unknown = self.status == statuses.OK and self.concept is None
        status = statuses.BAD_MEMBER if unknown else self.status
        embedding = self.found.embedding if self.found is not None and status == statuses.OK else None
        return self.shard, self.sample, self.concept, status, embedding


@dataclass(frozen=True)
class EmbedLabelledTask:
    """Batches with shard, sample, caption and image (a LOCATION), sorted by place -> LABELLED batches.

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
        contents = self._contents(batches)
        first = next(contents, None)
        # A worker without rows loads no model.
        if first is None:
            return
        device = choose_device(self.device)
        with turn(device):
            models = load_models(
                None, self.embedder, batch_size=self.batch_size, device=str(device), precision=self.precision
            )
            images = Pipeline(models, self.policy, decode_threads(device)).run(chain([first], contents))
            while some := list(islice(images, ROWS)):
                yield _to_batch(some)

    def _contents(self, batches: Iterator[pa.RecordBatch]) -> Iterator[tuple[LabelledImage, Content]]:
        for (shard, sample, caption), content in row_images(self.root, batches, ("shard", "sample", "caption")):
            yield LabelledImage(shard, sample, true_class(caption, self.names)), content


def _to_batch(images: Sequence[LabelledImage]) -> pa.RecordBatch:
    columns = zip(*(image.row for image in images), strict=True)
    arrays = [pa.array(column, one.type) for column, one in zip(columns, LABELLED, strict=True)]
    return pa.RecordBatch.from_arrays(arrays, schema=LABELLED)
