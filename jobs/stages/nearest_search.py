"""For each test image the nearest sample among some shards of a corpus, by stored embeddings.

The driver compares up to 20 million samples itself, Spark all others, as in all that goes through `jobs.core.reading`.
BLOCK test images at a time are compared with every embedding, so that a task holds 32 MiB of their float64 values (512
numbers an embedding) and 32 MiB of cosines, whatever the corpus and the set. The cost is 2 * numbers * test images *
samples operations; an embedding is read once for each block.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import pyarrow as pa

from jobs.core.reading import driver_reads, through_stretches
from jobs.core.stretches import Stored, map_stretches
from jobs.lake.lake import Lake
from jobs.lake.ledger import Unit
from jobs.lake.slices import Slice
from jobs.stages.labelled_images import LabelledSet
from udfs.images.nearest import EMBEDDED, NEAREST, NearestTask, embedded
from udfs.stretch_task import Source

BLOCK: Final = 8192
# Of samples that are equally near, the first by these is the nearest.
PLACE: Final = ("shard", "ordinal", "sample")


class Nearest(NamedTuple):
    """The nearest sample to an image, with its cosine (-1 to 1)."""

    similarity: float
    shard: str
    sample: str

    @property
    def rank(self) -> tuple[float, str]:
        """Ascends with the distance; of equally near samples of several shards the first is the nearest."""
        return -self.similarity, self.shard


def nearest_to(
    lake: Lake, features: Slice, units: Sequence[Unit], of_set: LabelledSet
) -> dict[tuple[str, str], Nearest]:
    """The nearest sample among the units' shards, by shard and sample of the image.

    features: the partition of `image_features` with their embeddings. Images whose embeddings have no direction have no
    nearest sample, and none has one if the shards hold no usable embedding.
    """
    images = of_set.usable
    places = list(zip(images["shard"].to_pylist(), images["sample"].to_pylist(), strict=True))
    stored = Stored("image_features", features, Source(tuple(EMBEDDED.names), embedded, EMBEDDED))
    found: dict[tuple[str, str], Nearest] = {}
    for start in range(0, images.num_rows, BLOCK) if units else ():
        block = images["embedding"].slice(start, BLOCK).to_pylist()
        for row in _nearest(lake, stored, units, NearestTask(tuple(block))):
            found[places[start + row["image"]]] = Nearest(row["similarity"], row["shard"], row["sample"])
    return found


def _nearest(lake: Lake, stored: Stored, units: Sequence[Unit], task: NearestTask) -> list[dict[str, Any]]:
    """A row of NEAREST for each image of the task, over all stretches."""
    given = lake, [stored], units, task, NEAREST
    if driver_reads(lake, units):
        rows = pa.Table.from_batches(through_stretches(*given), NEAREST)
        order = [("image", "ascending"), ("similarity", "descending"), ("shard", "ascending"), ("ordinal", "ascending")]
        firsts = [(name, "first") for name in ("similarity", *PLACE)]
        best = rows.sort_by(order).group_by("image", use_threads=False).aggregate([*firsts, ("compared", "sum")])
        return best.rename_columns(NEAREST.names).to_pylist()
    from pyspark.sql import functions as F

    first = F.min(F.struct((-F.col("similarity")).alias("apart"), *PLACE)).alias("first")
    best = map_stretches(*given).groupBy("image").agg(first, F.sum("compared").alias("compared"))
    place = [F.col(f"first.{name}") for name in PLACE]
    return best.select("image", (-F.col("first.apart")).alias("similarity"), *place, "compared").toArrow().to_pylist()
