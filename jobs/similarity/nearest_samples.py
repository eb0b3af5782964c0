"""For each test image the nearest sample of a corpus, by stored embeddings.

It is computed on request, as all that goes through `jobs.core.reading`: the driver compares up to 20 million samples
itself, Spark all others. BLOCK test images at a time are compared with every embedding, so that a task holds 32 MiB of
their float64 values (512 numbers an embedding) and 32 MiB of cosines, whatever the corpus and the set. The cost is
2 * numbers * test images * samples operations; an embedding is read once for each block.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pyarrow as pa

from jobs.core.context import Context
from jobs.core.reading import driver_reads, through_stretches
from jobs.core.stage_specs import images_spec
from jobs.core.stretches import Stored, map_stretches
from jobs.core.units import sample_units
from jobs.errors import ConceptfreqError
from jobs.lake.lake import Lake
from jobs.lake.ledger import Unit
from jobs.settings.corpora import Corpus
from jobs.similarity.labelled_sets import LabelledSet
from udfs.images.nearest import EMBEDDED, NEAREST, NearestTask, embedded
from udfs.stretch_task import Source

log = logging.getLogger(__name__)

BLOCK: Final = 8192
# A test image and the nearest sample of a corpus with its cosine (-1 to 1).
IMAGES: Final = pa.schema(
    [
        ("corpus", pa.string()),
        ("set", pa.string()),
        ("concept", pa.string()),
        ("shard", pa.string()),
        ("sample", pa.string()),
        ("similarity", pa.float64()),
        ("nearest_shard", pa.string()),
        ("nearest_sample", pa.string()),
    ]
)
# Of samples that are equally near, the first by these is the nearest.
PLACE: Final = ("shard", "ordinal", "sample")
# Two images of such a cosine are the same, or nearly so; only told.
ALIKE: Final = 0.999


@dataclass(frozen=True)
class Embeddings:
    """The stored embeddings of a corpus: where they are, and the shards that have them."""

    corpus: str
    stored: Stored
    units: tuple[Unit, ...]


def stored_embeddings(context: Context, corpus: Corpus) -> Embeddings:
    """The embeddings of a corpus under the settings' models; shards without them are told.

    Raises ConceptfreqError if no shard has any.
    """
    spec = images_spec(context.settings, corpus, context.identities)
    done = context.ledger.done(corpus.name, "images", spec.id)
    if not done:
        raise ConceptfreqError(
            f"corpus {corpus.name}: no shard has embeddings of this embedder: run `conceptfreq images` first"
        )
    missing = [unit.shard for unit in sample_units(context, corpus) if unit.shard not in done]
    if missing:
        log.warning(
            "%s: %d shards, such as %s, have no embeddings yet and are not compared: run `conceptfreq images`",
            corpus.name, len(missing), missing[0],
        )  # fmt: skip
    source = Source(tuple(EMBEDDED.names), embedded, EMBEDDED)
    units = tuple(Unit(shard, row["fingerprint"], row["samples"]) for shard, row in sorted(done.items()))
    return Embeddings(corpus.name, Stored("image_features", {"corpus": corpus.name, "spec": spec.id}, source), units)


def nearest_rows(lake: Lake, embeddings: Embeddings, of_set: LabelledSet) -> list[dict[str, Any]]:
    """Rows of IMAGES for the usable images of a set; raises ConceptfreqError if the shards hold no usable embedding."""
    if not of_set.images.num_rows:
        return []
    found: dict[int, dict[str, Any]] = {}
    for start in range(0, of_set.images.num_rows, BLOCK):
        block = of_set.images["embedding"].slice(start, BLOCK).to_pylist()
        rows = _nearest(lake, embeddings, NearestTask(tuple(block)))
        found |= {start + row["image"]: row for row in rows}
    if not found:
        raise ConceptfreqError(
            f"corpus {embeddings.corpus}: {len(embeddings.units)} shards hold no usable embedding to compare with"
        )
    _tell(embeddings, of_set, found)
    images = of_set.images.select(["concept", "shard", "sample"]).to_pylist()
    return [_row(embeddings, of_set, image, found.get(at)) for at, image in enumerate(images)]


def _nearest(lake: Lake, embeddings: Embeddings, task: NearestTask) -> list[dict[str, Any]]:
    """A row of NEAREST for each image of the task, over all stretches."""
    given = lake, [embeddings.stored], embeddings.units, task, NEAREST
    if driver_reads(lake, embeddings.units):
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


def _row(
    embeddings: Embeddings, of_set: LabelledSet, image: Mapping[str, Any], nearest: Mapping[str, Any] | None
) -> dict[str, Any]:
    """A row of IMAGES; an image whose embedding has no direction has no nearest sample."""
    place = (nearest["similarity"], nearest["shard"], nearest["sample"]) if nearest else (None, None, None)
    values = (embeddings.corpus, of_set.name, *image.values(), *place)
    return dict(zip(IMAGES.names, values, strict=True))


def _tell(embeddings: Embeddings, of_set: LabelledSet, found: Mapping[int, Mapping[str, Any]]) -> None:
    similarities = sorted(row["similarity"] for row in found.values())
    log.info(
        "%s, %s: %d images compared with %d embeddings of %d shards: similarity %.3f to %.3f, median %.3f; %d above %g",
        embeddings.corpus, of_set.name, len(found), next(iter(found.values()))["compared"], len(embeddings.units),
        similarities[0], similarities[-1], similarities[len(similarities) // 2],
        sum(one > ALIKE for one in similarities), ALIKE,
    )  # fmt: skip


def mean_similarities(rows: Sequence[Mapping[str, Any]]) -> dict[tuple[str, str], float]:
    """The mean over the images of each set and concept, from rows of IMAGES of one corpus."""
    found: dict[tuple[str, str], list[float]] = {}
    for row in rows:
        if row["similarity"] is not None:
            found.setdefault((row["set"], row["concept"]), []).append(row["similarity"])
    return {key: sum(values) / len(values) for key, values in found.items()}
