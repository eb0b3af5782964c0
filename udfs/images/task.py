"""Turns images of samples into tags and embeddings on an executor, with one read, one decode and one forward per image.

A partition arrives sorted by shard and by place in the shard. In addition to its pipeline's memory, a task holds
finished rows of at most `ROWS` images or about `BYTES`.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import torch

from udfs.images.decode.facts import Hash
from udfs.images.decode.policies import DEFAULT, ImagePolicy
from udfs.images.device.devices import decode_threads
from udfs.images.device.gpu_lock import in_turn
from udfs.images.feature_rows import BYTES, ROWS, FeatureRow, cut, to_batch
from udfs.images.running.forwards import step_of
from udfs.images.running.loaded_models import Models, load_models
from udfs.images.running.pipeline import PHASES, Content, Pipeline
from udfs.shards.image_reads import row_images
from udfs.statuses import OK

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class ImageTask:
    """Batches with shard, sample, ordinal and image (a LOCATION) -> FEATURES batches, one row per input row, in order.

    `tagger` and `embedder` are settings (`taggers.registry` knows their keys); `labels` are the names that a zero-shot
    tagger looks for. Tags scored strictly above `floor` are kept, best first. `threads` decode; None chooses their
    number by the device (`devices.decode_threads`). `apart` decodes one image at a time in a child process
    (`child_process`), for shards whose workers die. `hashes` are those of images to store.
    """

    root: str
    tagger: Mapping[str, Any] | None = None
    embedder: Mapping[str, Any] | None = None
    labels: tuple[str, ...] = ()
    policy: ImagePolicy = DEFAULT
    floor: float = 0.1
    device: str = "auto"
    batch_size: int | None = None
    precision: str = "auto"
    threads: int | None = None
    apart: bool = False
    hashes: tuple[Hash, ...] = ()

    def __call__(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        shards: set[str] = set()

        def features(contents: Iterator[tuple[FeatureRow, Content]], device: torch.device) -> Iterator[pa.RecordBatch]:
            models = self._models(str(device))
            threads = decode_threads(device, 1 if self.apart else self.threads)
            pipeline = Pipeline(models, self.policy, threads, self.apart, self.hashes)
            yield from _batches(pipeline, contents, models)
            _log(pipeline, shards)

        return in_turn(self._contents(batches, shards), self.device, features)

    def _models(self, device: str) -> Models:
        return load_models(
            self.tagger,
            self.embedder,
            self.labels,
            floor=self.floor,
            batch_size=self.batch_size,
            device=device,
            precision=self.precision,
        )

    def _contents(self, batches: Iterator[pa.RecordBatch], shards: set[str]) -> Iterator[tuple[FeatureRow, Content]]:
        """Each row with the bytes of its image, or the reason why there are none; adds the rows' shards to `shards`."""
        start = time.perf_counter()
        for (shard, sample, ordinal), content in row_images(self.root, batches, ("shard", "sample", "ordinal")):
            shards.add(shard)
            spent = {"read": time.perf_counter() - start}
            yield FeatureRow(shard, sample, OK, seconds=spent, ordinal=ordinal), content
            start = time.perf_counter()


def _batches(
    pipeline: Pipeline, contents: Iterator[tuple[FeatureRow, Content]], models: Models
) -> Iterator[pa.RecordBatch]:
    """The pipeline's rows as batches below `ROWS` and `BYTES`, in order."""
    labels = models.tagger.labels if models.tagger is not None else None
    ready: list[FeatureRow] = []
    size = 0
    for row in pipeline.run(contents):
        ready.append(row)
        size += row.size
        if len(ready) == ROWS or size >= BYTES:
            for part in cut(ready):
                yield to_batch(part, labels)
            ready, size = [], 0
    # The pipeline has ended and no longer measures the time of writing.
    start = time.perf_counter()
    for part in cut(ready):
        yield to_batch(part, labels)
    pipeline.seconds["write"] += time.perf_counter() - start


def _log(pipeline: Pipeline, shards: Collection[str]) -> None:
    """Log in one line what the task did and how long each phase took."""
    network = pipeline.network
    log.info(
        "%d images of %d shards from %s on %s in batches of %d, forwards of %d (%s), "
        "%d decode threads, %.1f images/s (%s)",
        pipeline.images, len(shards), min(shards), network.device, network.batch_size,
        step_of(network, network.precision), network.precision, pipeline.threads, pipeline.rate,
        ", ".join(f"{phase} {pipeline.seconds[phase]:.1f} s" for phase in PHASES),
    )  # fmt: skip
