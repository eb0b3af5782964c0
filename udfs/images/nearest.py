"""The nearest of many stored embeddings to each of some images, by cosine, exactly.

Cosines are computed in float64, in which products of stored embeddings of length 1 are not rounded (`ranking`), and
rounded to DIGITS: equal images have 1, and equal cosines are ties, in any order of rows. Of ties the first by shard and
ordinal is the nearest.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from udfs.images.ranking import exact

# Rows of image_features that have an embedding.
EMBEDDED: Final = pa.schema(
    [("shard", pa.string()), ("ordinal", pa.int64()), ("sample", pa.string()), ("embedding", pa.binary())]
)
# For an image, by its number: the highest cosine (-1 to 1), the sample that has it, and how many were compared.
NEAREST: Final = pa.schema(
    [
        ("image", pa.int32()),
        ("similarity", pa.float64()),
        ("shard", pa.string()),
        ("ordinal", pa.int64()),
        ("sample", pa.string()),
        ("compared", pa.int64()),
    ]
)
# Cosines are held for so many samples at a time: 32 MiB for 8,192 images.
COLUMNS: Final = 512
DIGITS: Final = 12

Doubles = npt.NDArray[np.float64]


def embedded(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """The rows that have an embedding, as EMBEDDED."""
    for batch in batches:
        rows = batch.filter(pc.is_valid(batch["embedding"]))
        arrays = [rows[one.name].cast(one.type) for one in EMBEDDED]
        yield pa.RecordBatch.from_arrays(arrays, schema=EMBEDDED)


@dataclass(frozen=True, eq=False)
class NearestTask:
    """EMBEDDED batches -> one batch of NEAREST, with a row for each image that something was compared with.

    embeddings: those of the images, as they are stored. In memory are their float64 values, and cosines with COLUMNS
    samples.
    """

    embeddings: tuple[bytes, ...]

    def __call__(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        found = _Found(exact(self.embeddings))
        for batch in batches:
            rows = batch.sort_by([("shard", "ascending"), ("ordinal", "ascending")])
            for start in range(0, rows.num_rows, COLUMNS):
                found.note(rows.slice(start, COLUMNS))
        yield found.batch()


@dataclass(eq=False)
class _Found:
    """The nearest so far to images with embeddings (n, D): cosines, and places as shard, ordinal and sample."""

    images: Doubles
    compared: int = 0
    lengths: Doubles = field(init=False)
    similarity: Doubles = field(init=False)
    places: list[tuple[str, int, str]] = field(init=False)

    def __post_init__(self) -> None:
        self.lengths = np.linalg.norm(self.images, axis=1)
        self.similarity = np.full(len(self.images), -np.inf)
        self.places = [("", 0, "")] * len(self.images)

    def note(self, rows: pa.RecordBatch) -> None:
        """Compare the images with these rows, which ascend by shard and ordinal."""
        others = exact(rows["embedding"])
        lengths = np.linalg.norm(others, axis=1)
        # A model may have overflowed: such an embedding has no direction.
        usable = np.flatnonzero(np.isfinite(lengths) & (lengths > 0))
        if not len(usable) or not len(self.images):
            return
        self.compared += len(usable)
        # An image without a direction has no cosines, and stays without a nearest sample.
        with np.errstate(divide="ignore", invalid="ignore"):
            cosines = self.images @ others[usable].T
            cosines /= np.outer(self.lengths, lengths[usable])
        np.round(cosines, DIGITS, out=cosines)
        best = cosines.argmax(axis=1)
        highest = cosines[np.arange(len(best)), best]
        places = [tuple(row.values()) for row in rows.select(["shard", "ordinal", "sample"]).to_pylist()]
        for image in np.flatnonzero(highest >= self.similarity):
            place = places[usable[best[image]]]
            if highest[image] > self.similarity[image] or place < self.places[image]:
                self.similarity[image], self.places[image] = highest[image], place

    def batch(self) -> pa.RecordBatch:
        """The images that have a nearest sample, as NEAREST."""
        seen = np.flatnonzero(np.isfinite(self.similarity))
        shards, ordinals, samples = (
            zip(*(self.places[image] for image in seen), strict=True) if len(seen) else ((),) * 3
        )
        compared = np.full(len(seen), self.compared)
        columns = (seen, self.similarity[seen], shards, ordinals, samples, compared)
        arrays = [pa.array(values).cast(one.type) for values, one in zip(columns, NEAREST, strict=True)]
        return pa.RecordBatch.from_arrays(arrays, schema=NEAREST)
