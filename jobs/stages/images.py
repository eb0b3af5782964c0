"""Samples to image features: one decode of each image feeds the tagger and the embedder.

If the samples carry annotations that take the tagger's place, shards are read again for these, and no image is opened.

If only the labels of a clip tagger have changed since a shard was tagged, its tags are made again from the stored
embeddings, and no image is opened. This replaces the rows that it reads. The stage is staged, so all rows are read
before the first is replaced. The embeddings stay the same, so a run that was killed in between can be repeated.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from functools import partial, reduce
from typing import TYPE_CHECKING

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from jobs.concepts.tagger_labels import image_units, same_input, tagger_labels, to_score_again
from jobs.core.context import Context
from jobs.core.frames import in_parts, slots, spark_schema
from jobs.core.listing import make_reader
from jobs.core.outcomes import count_statuses
from jobs.core.sections import embedder_config, image_policy, images_section, tagger_config
from jobs.core.stage_specs import images_spec
from jobs.core.units import samples, shard_rows
from jobs.core.waves import Plan
from jobs.lake.ledger import Unit
from jobs.lake.specs import Spec
from jobs.settings.corpora import Corpus
from jobs.settings.image_search import Images
from udfs.schemas import FEATURES
from udfs.shards.parquet_images import LAYOUT as PARQUET

if TYPE_CHECKING:
    from udfs.images.annotation_task import AnnotationTask
    from udfs.images.rescoring import RescoreTask
    from udfs.images.task import ImageTask

log = logging.getLogger(__name__)

STAGE = "images"
# Samples of the first wave.
FIRST_WAVE = 4_096
# Rows of a task. Each task fills its pipeline anew, and a GPU is idle meanwhile. So tasks are as large as possible with
# `PARTS` of them per slot in a wave, but at most a minute's work of a GPU: if a task is lost, so are its images.
FEWEST_ROWS, MOST_ROWS = 512, 16_384
PARTS = 2


def specs(context: Context, corpus: Corpus) -> tuple[Spec, ...]:
    """The spec that decides tags and embeddings."""
    return (images_spec(context.settings, corpus, context.identities),)


def plan(context: Context, corpus: Corpus) -> Plan:
    """The shards whose samples are read, except those whose images are tagged with these labels."""
    settings = images_section(context.settings)
    (spec,) = specs(context, corpus)
    labels = tagger_labels(settings, context.settings)
    units = image_units(context, corpus)
    again = {unit.shard: unit for unit in to_score_again(units, context.ledger.done(corpus.name, STAGE, spec.id))}

    def build(wave: Sequence[Unit], apart: bool = False) -> DataFrame:
        stored = [unit for unit in wave if unit.shard in again]
        fresh = [unit for unit in wave if unit.shard not in again]
        frames = []
        if fresh:
            task = make_task(settings, corpus, context.listings.of(corpus).root, labels, apart)
            frames.append(_seen(context, corpus, fresh, task))
        if stored:
            log.info("images %s: %d shards of the wave are tagged from stored embeddings", corpus.name, len(stored))
            rows = shard_rows(context, "image_features", corpus, spec, stored)
            frames.append(_scored(rows, make_rescoring(settings, labels)))
        return reduce(DataFrame.unionByName, frames)

    return Plan(
        stage=STAGE,
        corpus=corpus.name,
        table="image_features",
        specs=(spec,),
        planned=units,
        pending=tuple(
            again.get(unit.shard, unit) for unit in context.ledger.pending(units, corpus.name, STAGE, spec.id)
        ),
        build=build,
        verify=count_statuses,
        first_wave=FIRST_WAVE,
        staged=True,
        still_holds=same_input,
        # An image may kill the process that decodes it.
        careful=partial(build, apart=True),
    )


def _seen(context: Context, corpus: Corpus, wave: Sequence[Unit], task: ImageTask | AnnotationTask) -> DataFrame:
    """The rows of a wave's images, made by the models or read from annotations."""
    rows = samples(context, corpus, wave).select("shard", "sample", "ordinal", "image")
    share = sum(unit.work for unit in wave) // (PARTS * slots(context.lake.spark))
    # Annotations are read with their whole shard.
    together = _together() if images_section(context.settings).annotations is None else F.lit(0)
    parts = in_parts(rows, wave, min(max(share, FEWEST_ROWS), MOST_ROWS), together)
    return parts.select("shard", "sample", "ordinal", "image").mapInArrow(task, spark_schema(FEATURES))


def _together() -> Column:
    """The ordinal of the first row that must be read to reach a row.

    In a .tar.gz it is the first row of all, in Parquet the first of the row group.
    """
    own, layout = F.col("ordinal"), F.col("image.layout")
    in_group = F.when(layout.startswith(PARQUET), own - F.col("image.row"))
    return F.when(layout == "tar.gz", F.lit(0)).otherwise(F.coalesce(in_group, own))


def _scored(rows: DataFrame, task: RescoreTask) -> DataFrame:
    """Rows of image_features, scored again with the tagger's texts."""
    from udfs.images.rescoring import STORED

    return rows.select(*STORED).mapInArrow(task, spark_schema(FEATURES))


def make_task(
    settings: Images, corpus: Corpus, root: str, labels: tuple[str, ...], apart: bool = False
) -> ImageTask | AnnotationTask:
    """The executor's task under these settings. Only this function imports torch; planning does not need it.

    apart: images are decoded in a process of their own.
    """
    if settings.annotations is not None:
        from udfs.images.annotation_task import AnnotationTask
        from udfs.images.models.taggers.annotations import field_of

        return AnnotationTask(make_reader(corpus), root, field_of(tagger_config(settings)), settings.annotations.floor)
    from udfs.images.task import ImageTask

    return ImageTask(
        root=root,
        policy=image_policy(settings),
        tagger=tagger_config(settings) if settings.tagger else None,
        labels=labels,
        embedder=embedder_config(settings) if settings.embedder else None,
        floor=settings.tagger.floor if settings.tagger else 0.0,
        device=settings.device,
        batch_size=settings.batch_size,
        precision=settings.precision,
        threads=settings.threads,
        apart=apart,
        hashes=tuple(settings.hashes),
    )


def make_rescoring(settings: Images, labels: tuple[str, ...]) -> RescoreTask:
    """The executor's task if only the labels have changed."""
    from udfs.images.rescoring import RescoreTask

    assert settings.tagger is not None
    return RescoreTask(
        tagger=tagger_config(settings),
        labels=labels,
        floor=settings.tagger.floor,
        device=settings.device,
        batch_size=settings.batch_size,
    )
