"""Retrieval: recall at 1, 5 and 10 of a model on an image-text set, both ways, and for each concept of the captions.

One pass embeds all pairs into the staging area. A second job compares blocks of queries with blocks of the gallery; no
process holds more than a block of each. Images with equal bytes are one image with several captions.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Mapping
from typing import Any

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.analysis.recall import KS, WHOLE, Ranked, Recall, recalls
from jobs.core import staging
from jobs.core.context import Context
from jobs.core.frames import spark_schema
from jobs.core.sections import captions_section, clip_config
from jobs.lake.ledger import Outcome
from jobs.lake.tables import WHOLE_SET, WHOLE_SET_METRIC
from jobs.settings.law import Evaluate
from jobs.stages.measurements import Measurement, failure_of, placed_samples, unread
from udfs.statuses import OK

log = logging.getLogger(__name__)

Rows = list[dict[str, Any]]

# Queries, and items of the gallery, that are compared at a time: 8 MB of either at 1,024 numbers an embedding.
BLOCK = 4096


def retrieve(context: Context, settings: Evaluate, measurement: Measurement) -> tuple[Rows, Outcome]:
    """The rows of a set's concepts, with concept, prompt, metric, value and samples, and the outcome of its pairs."""
    name = f"retrieval-{measurement.set.name}-{measurement.spec.id}"
    pairs = _embedded(context, settings, measurement)
    with staging.evaluated(context.lake.spark, context.lake.at, name, pairs) as staged:
        statuses = Counter(unread(context, measurement.set, measurement.listing))
        for row in staged.groupBy("status").count().toArrow().to_pylist():
            statuses[row["status"]] += row["count"]
        outcome = Outcome(sum(statuses.values()), dict(statuses), failure=failure_of(statuses))
        found = {} if outcome.failure else _recalls(staged.where(F.col("status") == OK))
    _tell(measurement, found)
    return [*_rows(measurement.names, found), *_whole_set_rows(found)], outcome


def _embedded(context: Context, settings: Evaluate, measurement: Measurement) -> DataFrame:
    """PAIRS of the set. Only this function imports torch."""
    from udfs.images.caption_pairs import PAIRS, CaptionSearch, EmbedPairsTask

    captions = captions_section(context.settings)
    search = CaptionSearch(
        names=tuple(dict.fromkeys(measurement.names)),
        pipeline=captions.pipeline,
        engine=captions.engine,
        check_share=captions.check_share,
        clean=captions.clean,
        max_characters=captions.max_characters,
    )
    task = EmbedPairsTask(
        root=measurement.listing.root,
        model=clip_config(measurement.model),
        search=search,
        device=settings.device,
        batch_size=settings.batch_size,
    )
    rows = placed_samples(context, measurement.set, measurement.listing).select(
        "shard", "sample", "ordinal", "caption", "image"
    )
    return rows.mapInArrow(task, spark_schema(PAIRS))


def _recalls(pairs: DataFrame) -> dict[str, dict[int, Recall]]:
    """The recalls of each direction by the number of a concept; WHOLE is the set's."""
    texts = pairs.select(
        F.concat_ws(":", F.col("ordinal").cast("string"), "shard").alias("id"),
        F.col("text").alias("embedding"),
        "score",
        F.lit(1).alias("right"),
        "concepts",
    )
    images = _images(pairs)
    counts = pairs.agg(F.count("*").alias("texts"), F.countDistinct("sha256").alias("images")).toArrow().to_pylist()[0]
    asked = {"text_to_image": (texts, images, "texts", "images"), "image_to_text": (images, texts, "images", "texts")}
    return {
        direction: recalls(_ranked(queries, gallery, _blocks(counts[many]), _blocks(counts[others])))
        for direction, (queries, gallery, many, others) in asked.items()
    }


def _images(pairs: DataFrame) -> DataFrame:
    """One row per image: its best score with an own caption, how many of them have it, and the concepts of them all."""
    grouped = pairs.groupBy(F.hex("sha256").alias("id")).agg(
        F.first("image").alias("embedding"),
        F.max("score").alias("score"),
        F.collect_list("score").alias("scores"),
        F.array_distinct(F.flatten(F.collect_list("concepts"))).alias("concepts"),
    )
    right = F.size(F.filter("scores", lambda one: one == F.array_max("scores")))
    return grouped.select("id", "embedding", "score", right.alias("right"), "concepts")


def _ranked(queries: DataFrame, gallery: DataFrame, rows: int, columns: int) -> list[Ranked]:
    """How queries rank in a gallery, grouped; `rows` and `columns` are the numbers of blocks of either."""
    from udfs.images.ranking import QUERIES, RANKS, compare_block

    own, other = (F.pmod(F.xxhash64("id"), F.lit(count)).cast("int") for count in (rows, columns))
    every_row, every_column = (F.explode(F.sequence(F.lit(0), F.lit(count - 1))) for count in (rows, columns))
    asked = queries.select(*QUERIES.names, own.alias("row"), every_column.alias("column"))
    shown = gallery.select("embedding", every_row.alias("row"), other.alias("column"))
    blocks = asked.groupBy("row", "column").cogroup(shown.groupBy("row", "column"))
    ranks = (
        blocks.applyInArrow(compare_block, spark_schema(RANKS))
        .groupBy("id")
        .agg(F.sum("better").alias("better"), F.sum("equal").alias("equal"))
    )
    # No k is beyond so many better ones: ranks behind it are one group.
    behind = F.col("better") >= max(KS)
    found = queries.join(ranks, "id").select(
        F.explode(F.concat(F.array(F.lit(WHOLE)), "concepts")).alias("concept"),
        F.least("better", F.lit(max(KS))).alias("better"),
        F.when(behind, 0).otherwise(F.col("equal") - F.col("right")).alias("tied"),
        F.when(behind, 0).otherwise(F.col("right")).alias("right"),
    )
    groups = found.groupBy("concept", "better", "tied", "right").agg(F.count("*").alias("items"))
    return [Ranked(**row) for row in groups.toArrow().to_pylist()]


def _blocks(items: int) -> int:
    return max(1, -(-items // BLOCK))


def _tell(measurement: Measurement, found: Mapping[str, Mapping[int, Recall]]) -> None:
    """Log the recalls over the whole set."""
    for direction, by_concept in found.items():
        if whole := by_concept.get(WHOLE):
            said = ", ".join(f"@{k} {value:.4f}" for k, value in whole.at.items())
            log.info(
                "%s %s: %s recall %s over %d items",
                measurement.set.name, measurement.model.name, direction, said, whole.items,
            )  # fmt: skip


def _rows(names: tuple[str, ...], found: Mapping[str, Mapping[int, Recall]]) -> Rows:
    """One row per concept, direction and k; a concept that no caption holds has no value."""
    rows = []
    for number, concept in enumerate(dict.fromkeys(names)):
        for direction, by_concept in found.items():
            recall = by_concept.get(number, Recall(0, {}))
            for k in KS:
                value = {"value": recall.at.get(k), "samples": recall.items}
                rows.append({"concept": concept, "prompt": "", "metric": f"{direction}_recall@{k}", **value})
    return rows


def _whole_set_rows(found: Mapping[str, Mapping[int, Recall]]) -> Rows:
    """One row per direction and k for all captions, or images, of the set."""
    return [
        {
            "concept": WHOLE_SET,
            "prompt": "",
            "metric": f"{WHOLE_SET_METRIC}{direction}_recall@{k}",
            "value": value,
            "samples": by_concept[WHOLE].items,
        }
        for direction, by_concept in found.items()
        if WHOLE in by_concept
        for k, value in by_concept[WHOLE].at.items()
    ]
