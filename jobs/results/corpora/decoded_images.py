"""The formats and sizes of a corpus's images, as the stage `images` decoded them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from jobs.core.context import Context
from jobs.core.frames import of_shards
from jobs.core.reading import driver_reads
from jobs.core.stage_specs import images_spec
from jobs.core.sums import summed
from jobs.lake.lake import Lake
from jobs.lake.ledger import Unit
from jobs.lake.slices import Slice, spark_condition
from jobs.results.corpora.value_counts import NotKnown, ValueCounts, covered
from jobs.settings.corpora import Corpus
from udfs.attributes.bins import ORDERED, image_sizes

TABLE = "image_features"
# The format and the shorter side in pixels of decoded images, and how many there are.
DECODED = pa.schema([("format", pa.string()), ("side", pa.int32()), ("images", pa.int64())])


def decoded_counts(context: Context, corpus: Corpus, units: Sequence[Unit]) -> Iterator[ValueCounts | NotKnown]:
    """The decoded images among the units' shards by format, the commonest first, and by size, in the order of bins."""
    if context.settings.images is None:
        yield NotKnown("formats and sizes of decoded images: set `images`, and run `conceptfreq run`")
        return
    spec = images_spec(context.settings, corpus, context.identities)
    held, lacking = covered(context, corpus, "formats", "images", spec, units)
    yield from lacking
    found = (
        decoded_sides(context.lake, {"corpus": corpus.name, "spec": spec.id}, held) if held else DECODED.empty_table()
    )
    if not found.num_rows:
        # Rows of releases before schema version 5 have no format.
        yield NotKnown("formats and sizes of decoded images: none is stored of these shards")
        return
    images = pc.sum(found["images"]).as_py()
    formats = _counted(found["format"], found["images"])
    yield ValueCounts("formats", tuple(formats.most_common()), len(formats), images)
    sizes, side = _counted(image_sizes(found["side"], found["side"]), found["images"]), ORDERED["image_size"]
    yield ValueCounts("decoded_size", tuple((one, sizes[one]) for one in side if one in sizes), len(sizes), images)


def _counted(values: pa.ChunkedArray, images: pa.ChunkedArray) -> Counter[str]:
    counted: Counter[str] = Counter()
    for value, number in zip(values.to_pylist(), images.to_pylist(), strict=True):
        counted[value] += number
    return counted


def decoded_sides(lake: Lake, where: Slice, units: Sequence[Unit]) -> pa.Table:
    """The decoded images of the units' shards as rows of DECODED, one for each format and shorter side."""
    shards = [unit.shard for unit in units]
    if driver_reads(lake, units):
        parts = [DECODED.empty_table()]
        for batch in lake.batches(TABLE, ("format", "width", "height"), **where, shard=shards):
            side = pc.min_element_wise(batch["width"], batch["height"])
            part = pa.table([batch["format"].cast(pa.string()), side], DECODED.names[:2]).filter(
                pc.field("format").is_valid()
            )
            parts.append(part.append_column("images", pa.repeat(1, part.num_rows)).cast(DECODED))
        return summed(pa.concat_tables(parts), DECODED.names[:2])
    from pyspark.sql import functions as F

    rows = of_shards(lake.read(TABLE).where(spark_condition(where)), shards).where(F.col("format").isNotNull())
    grouped = rows.groupBy("format", F.least("width", "height").alias("side"))
    return grouped.agg(F.count("*").alias("images")).toArrow().cast(DECODED)
