"""Turns annotations that a corpus carries into image features on an executor: no image is opened, no model loaded.

A shard is read again in the order in which it was ingested, and a sample is known by its place and its name.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby, islice, repeat
from operator import itemgetter
from typing import Any, Final

import numpy as np
import pyarrow as pa

from udfs import statuses
from udfs.schemas import FEATURES
from udfs.shards.annotations import AnnotationField
from udfs.shards.caption_text import clean_caption
from udfs.shards.registry import AnnotatedReader
from udfs.shards.samples import WHOLE_SHARD, Annotations, Sample
from udfs.shards.task import BATCH_ROWS, gathered
from udfs.shards.uris import join

# The most tags of a batch, some 30 MB of them; one image may have annotations.MOST_LABELS more.
BATCH_TAGS: Final = 1 << 19

Found = tuple[Sample, Annotations]


@dataclass(frozen=True)
class AnnotationTask:
    """Batches with shard, sample and ordinal -> FEATURES batches, one row per input row, in order.

    A partition arrives sorted by shard and ordinal, with all rows of a shard: each shard is then read once. Tags scored
    strictly above `floor` are kept, best first, compared in float32.
    """

    reader: AnnotatedReader
    root: str
    field: AnnotationField
    floor: float

    def __call__(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        return gathered(part for shard, rows in _by_shard(batches) for part in self._features(shard, rows))

    def _features(self, shard: str, wanted: Iterator[tuple[str, int]]) -> Iterator[pa.RecordBatch]:
        """The rows of one shard for its `wanted` samples, by name and ordinal."""
        rows: list[dict[str, Any]] = []
        tags, begun = 0, time.perf_counter()
        for (sample, ordinal), found in self._joined(shard, wanted):
            row = {"shard": shard, "sample": sample, "ordinal": ordinal, **self._outcome(sample, found)}
            rows.append(row)
            tags += len(row["tags"] or ())
            if len(rows) == BATCH_ROWS or tags >= BATCH_TAGS:
                yield _to_batch(rows, time.perf_counter() - begun)
                rows, tags, begun = [], 0, time.perf_counter()
        if rows:
            yield _to_batch(rows, time.perf_counter() - begun)

    def _joined(self, shard: str, wanted: Iterator[tuple[str, int]]) -> Iterator[tuple[tuple[str, int], Found | None]]:
        """Each wanted sample with the one that is now in its place, if there is one."""
        read, passed = self._read(shard), 0
        for sample, ordinal in wanted:
            yield (sample, ordinal), next(islice(read, ordinal - passed, None), None)
            passed = ordinal + 1

    def _read(self, shard: str) -> Iterator[Found]:
        """The samples of a shard; what ends its reading stands in the place of all further ones."""
        try:
            yield from self.reader.annotated(join(self.root, shard), self.field)
        except OSError as error:
            failure = Sample(WHOLE_SHARD, statuses.FETCH_ERROR, f"{type(error).__name__}: {error}")
        # Shards come from the web. If one of them meets a bug in a reader, only that shard is lost.
        except Exception as error:
            failure = Sample(WHOLE_SHARD, statuses.BAD_SHARD, f"{type(error).__name__}: {error}")
        else:
            return
        yield from repeat((failure, Annotations()))

    def _outcome(self, name: str, found: Found | None) -> dict[str, Any]:
        """The status, detail and tags of the sample of this name."""
        sample, annotations = found or (None, Annotations())
        if sample is None or sample.sample != name:
            if sample is not None and sample.status in (statuses.FETCH_ERROR, statuses.BAD_SHARD):
                return _rejected(sample.status, sample.detail)
            return _rejected(statuses.FETCH_ERROR, "the shard has changed since it was ingested, ingest it again")
        if annotations.scores is None:
            return _rejected(statuses.BAD_MEMBER, annotations.problem)
        return {"status": statuses.OK, "detail": None, "tags": self._tags(annotations.scores)}

    def _tags(self, scores: Mapping[str, float]) -> list[dict[str, Any]]:
        floor = np.float32(self.floor)
        kept = [(-score, label) for label, score in scores.items() if np.float32(score) > floor]
        return [{"label": label, "score": -score} for score, label in sorted(kept)]


def _by_shard(batches: Iterator[pa.RecordBatch]) -> Iterator[tuple[str, Iterator[tuple[str, int]]]]:
    columns = ("shard", "sample", "ordinal")
    rows = (row for batch in batches for row in zip(*(batch[name].to_pylist() for name in columns), strict=True))
    for shard, group in groupby(rows, key=itemgetter(0)):
        yield shard, ((sample, ordinal) for _, sample, ordinal in group)


def _rejected(status: str, detail: str | None) -> dict[str, Any]:
    return {"status": status, "detail": clean_caption(detail)[0], "tags": None}


def _to_batch(rows: list[dict[str, Any]], seconds: float) -> pa.RecordBatch:
    """Rows of one shard as FEATURES; the first carries the seconds."""
    rows[0]["seconds"] = [("read", seconds)]
    return pa.RecordBatch.from_pylist(rows, FEATURES)
