"""Rows of image features: collected one by one, written as whole Arrow arrays."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import pyarrow as pa

from udfs.images.decode.facts import Facts
from udfs.images.running.loaded_models import ImageFindings
from udfs.schemas import FACTS, FEATURES, SECONDS

# The most rows and bytes of a record batch. Rows are few, so that only a task's last ones lack their time of writing.
ROWS: Final = 256
BYTES: Final = 32 * 1024 * 1024


@dataclass
class FeatureRow:
    """One output row, before it is written."""

    shard: str
    sample: str
    status: str
    detail: str | None = None
    found: ImageFindings | None = None
    seconds: dict[str, float] = field(default_factory=dict)
    ordinal: int = 0
    facts: Facts = Facts()

    @property
    def size(self) -> int:
        """The row's approximate bytes in Arrow. A tag is an offset, a name and a score; names are below 52 bytes."""
        if self.found is None:
            return 256
        tags = 0 if self.found.labels is None else len(self.found.labels)
        return 256 + 60 * tags + len(self.found.embedding or b"") + len(self.found.tagger_embedding or b"")


def cut(rows: Sequence[FeatureRow], limit: int = BYTES) -> Iterator[list[FeatureRow]]:
    """Consecutive rows in parts below `limit` bytes in Arrow, each of at least one row.

    Rows may be large, because a floor of 0 keeps the score of every label.
    """
    part: list[FeatureRow] = []
    size = 0
    for row in rows:
        if part and size + row.size > limit:
            yield part
            part, size = [], 0
        part.append(row)
        size += row.size
    if part:
        yield part


def to_batch(rows: Sequence[FeatureRow], labels: Sequence[str] | None) -> pa.RecordBatch:
    """Finished rows as FEATURES. `labels` None means that there is no tagger: tags are then null and not empty."""
    found = [row.found for row in rows]
    columns = {
        "shard": [row.shard for row in rows],
        "sample": [row.sample for row in rows],
        "ordinal": [row.ordinal for row in rows],
        "status": [row.status for row in rows],
        "detail": [row.detail for row in rows],
        "tags": tags_array(found, labels),
        "embedding": [one.embedding if one is not None else None for one in found],
        "tagger_embedding": [one.tagger_embedding if one is not None else None for one in found],
        **{name: [getattr(row.facts, name) for row in rows] for name in FACTS.names},
        "seconds": pa.array(_seconds(rows), SECONDS),
    }
    arrays = [
        column if isinstance(column, pa.Array) else pa.array(column, FEATURES.field(name).type)
        for name, column in columns.items()
    ]
    return pa.RecordBatch.from_arrays(arrays, schema=FEATURES)


def tags_array(found: Sequence[ImageFindings | None], labels: Sequence[str] | None) -> pa.ListArray:
    """Tags of images as list<struct<label, score>>, built from whole arrays; null for an image without scores."""
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


def _seconds(rows: Sequence[FeatureRow]) -> list[dict[str, float] | None]:
    """The total seconds of each shard on its first row, null on the others."""
    first: dict[str, int] = {}
    totals: list[dict[str, float] | None] = [None] * len(rows)
    for at, row in enumerate(rows):
        home = first.setdefault(row.shard, at)
        total = totals[home] or {}
        for phase, spent in row.seconds.items():
            total[phase] = total.get(phase, 0.0) + spent
        totals[home] = total
    return totals
