"""Images of samples to tags and embeddings, on an executor: one read, one decode, one forward.

A partition arrives sorted by shard and by place in the shard. At any time a task holds the compressed images
of one read, one batch of preprocessed pixels, and finished rows of at most `ROWS` images or about `BYTES`.
"""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import pyarrow as pa

from udfs.images.batching import Found, Models, load_models, look
from udfs.images.decoding import DEFAULT, ImagePolicy
from udfs.images.preparation import Pixels, prepare
from udfs.schemas import FEATURES, SECONDS
from udfs.shards.images import Problem, read_images

log = logging.getLogger(__name__)

# Shard, sample and where its image lies.
Place = tuple[str, str, Mapping[str, Any] | None]

ROWS: Final = 1024
BYTES: Final = 32 * 1024 * 1024


@dataclass(frozen=True)
class ImageTask:
    """Batches with shard, sample and image (a LOCATION) to FEATURES batches, one row a row, in order.

    `tagger` and `embedder` are settings (`taggers.registry` knows their keys); `labels` are the names that a
    zero-shot tagger looks for. Tags scored strictly above `floor` are kept, best first.
    """

    root: str
    tagger: Mapping[str, Any] | None = None
    embedder: Mapping[str, Any] | None = None
    labels: tuple[str, ...] = ()
    policy: ImagePolicy = DEFAULT
    floor: float = 0.1
    device: str = "auto"
    batch_size: int = 32

    def __call__(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        done: _Done | None = None
        taken: deque[Place] = deque()
        contents = read_images(self.root, _places(batches, taken))
        start = time.perf_counter()
        for content in contents:
            read = time.perf_counter() - start
            # Most partitions of a small wave are empty: a worker that gets no row loads no model.
            done = done or _Done(self._models())
            done.add(self._row(taken.popleft(), content, read, done.models))
            if done.full:
                yield from done.emit()
            start = time.perf_counter()
        if done is not None:
            yield from done.emit()
            done.log()

    def _models(self) -> Models:
        return load_models(
            self.tagger,
            self.embedder,
            self.labels,
            floor=self.floor,
            batch_size=self.batch_size,
            device=self.device,
        )

    def _row(self, place: Place, content: bytes | Problem, read: float, models: Models) -> Row:
        """Decode and preprocess one image that took `read` seconds to fetch."""
        shard, sample, _ = place
        if isinstance(content, Problem):
            return Row(shard, sample, content.status, content.detail, seconds={"read": read})
        start = time.perf_counter()
        ready = prepare(content, models.views, self.policy)
        seconds = {"read": read, "decode": time.perf_counter() - start}
        return Row(shard, sample, ready.status, ready.detail, ready.pixels, seconds=seconds)


def _places(batches: Iterator[pa.RecordBatch], taken: deque[Place]) -> Iterator[Place]:
    """The rows of all batches, noted in `taken` as the reader takes them: it answers in this order.

    One stream for the whole partition, as a reader that starts again reads a .tar.gz from its beginning.
    """
    for batch in batches:
        columns = (batch.column(name).to_pylist() for name in ("shard", "sample", "image"))
        for place in zip(*columns, strict=True):
            taken.append(place)
            yield place


@dataclass
class Row:
    """One output row in the making. `pixels` is set while the image waits for its forward."""

    shard: str
    sample: str
    status: str
    detail: str | None = None
    pixels: Pixels | None = None
    found: Found | None = None
    seconds: dict[str, float] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """About its bytes in Arrow. A tag is an offset, a name and a score; names are below 52 bytes."""
        if self.found is None:
            return 256
        tags = 0 if self.found.labels is None else len(self.found.labels)
        return 256 + 60 * tags + len(self.found.embedding or b"") + len(self.found.tagger_embedding or b"")


class _Done:
    """Rows of one task on their way out, and what the task has done so far for the one line that it logs."""

    def __init__(self, models: Models) -> None:
        self.models = models
        self.labels = models.tagger.labels if models.tagger is not None else None
        self.rows: list[Row] = []
        self.waiting: list[Row] = []
        self.bytes = 0
        self.started = time.perf_counter()
        self.shards: set[str] = set()
        self.images = 0
        self.seconds: dict[str, float] = {}

    def add(self, row: Row) -> None:
        """Take a row; a batch of waiting images that is full goes through the models at once."""
        self.rows.append(row)
        if row.pixels is not None:
            self.waiting.append(row)
        if len(self.waiting) == self.models.batch_size:
            self._forward()

    @property
    def full(self) -> bool:
        return len(self.rows) >= ROWS or self.bytes >= BYTES

    def emit(self) -> Iterator[pa.RecordBatch]:
        """All rows as batches below `BYTES`, in order; none is kept."""
        self._forward()
        for rows in cut(self.rows):
            yield to_batch(rows, self.labels)
        self._count()
        self.rows, self.bytes = [], 0

    def log(self) -> None:
        phases = ", ".join(f"{phase} {spent:.1f} s" for phase, spent in sorted(self.seconds.items()))
        speed = self.images / max(time.perf_counter() - self.started, 1e-9)
        log.info(
            "%d images of %d shards on %s in batches of %d, %.1f images/s (%s)",
            self.images, len(self.shards), self.models.device, self.models.batch_size, speed, phases,
        )  # fmt: skip

    def _forward(self) -> None:
        """Run the waiting rows through the models, drop their pixels, and share the time among them."""
        if not self.waiting:
            return
        start = time.perf_counter()
        results = look(self.models, [row.pixels for row in self.waiting if row.pixels is not None])
        each = (time.perf_counter() - start) / len(self.waiting)
        for row, found in zip(self.waiting, results, strict=True):
            row.pixels, row.found, row.seconds["forward"] = None, found, each
            self.bytes += row.size
        self.waiting = []

    def _count(self) -> None:
        self.shards.update(row.shard for row in self.rows)
        self.images += len(self.rows)
        for row in self.rows:
            for phase, spent in row.seconds.items():
                self.seconds[phase] = self.seconds.get(phase, 0.0) + spent


def cut(rows: Sequence[Row], limit: int = BYTES) -> Iterator[list[Row]]:
    """Runs of rows that stay below `limit` bytes in Arrow (one row at least): a floor of 0 keeps every
    label's score.
    """
    part: list[Row] = []
    size = 0
    for row in rows:
        if part and size + row.size > limit:
            yield part
            part, size = [], 0
        part.append(row)
        size += row.size
    if part:
        yield part


def to_batch(rows: Sequence[Row], labels: Sequence[str] | None) -> pa.RecordBatch:
    """FEATURES of finished rows. `labels` None: no tagger, so that tags are null and not empty."""
    found = [row.found for row in rows]
    columns = {
        "shard": [row.shard for row in rows],
        "sample": [row.sample for row in rows],
        "status": [row.status for row in rows],
        "detail": [row.detail for row in rows],
        "tags": tags_array(found, labels),
        "embedding": [one.embedding if one is not None else None for one in found],
        "tagger_embedding": [one.tagger_embedding if one is not None else None for one in found],
        "seconds": pa.array(_seconds(rows), SECONDS),
    }
    arrays = [
        column if isinstance(column, pa.Array) else pa.array(column, FEATURES.field(name).type)
        for name, column in columns.items()
    ]
    return pa.RecordBatch.from_arrays(arrays, schema=FEATURES)


def tags_array(found: Sequence[Found | None], labels: Sequence[str] | None) -> pa.ListArray:
    """Tags of images as list<struct<label, score>>, built from whole arrays: null where none were scored."""
    each = [one if one is not None and one.labels is not None else None for one in found]
    scored = [one for one in each if one is not None]
    kind = FEATURES.field("tags").type
    if labels is None or not scored:
        return pa.nulls(len(found), kind)
    numbers = np.concatenate([one.labels for one in scored if one.labels is not None])
    scores = np.concatenate([one.scores for one in scored if one.scores is not None])
    lengths = [0 if one is None or one.labels is None else len(one.labels) for one in each]
    values = pa.StructArray.from_arrays(
        [pa.array(labels, pa.string()).take(pa.array(numbers)), pa.array(scores, pa.float32())],
        fields=list(kind.value_type),
    )
    offsets = pa.array(np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32))
    missing = pa.array([one is None for one in each])
    return pa.ListArray.from_arrays(offsets, values, type=kind, mask=missing)


def _seconds(rows: Sequence[Row]) -> list[dict[str, float] | None]:
    """The totals of each shard on its first row, null on the others."""
    first: dict[str, int] = {}
    totals: list[dict[str, float] | None] = [None] * len(rows)
    for at, row in enumerate(rows):
        home = first.setdefault(row.shard, at)
        total = totals[home] or {}
        for phase, spent in row.seconds.items():
            total[phase] = total.get(phase, 0.0) + spent
        totals[home] = total
    return totals
