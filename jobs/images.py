"""Samples to image features: one decode of each image feeds the tagger and the embedder."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.core import ledger
from jobs.core.context import Context
from jobs.core.frames import in_parts, spark_schema
from jobs.core.ledger import Unit
from jobs.core.lineage import (
    image_policy,
    image_units,
    images_section,
    images_spec,
    samples,
    tagger_config,
    tagger_labels,
)
from jobs.core.listing import list_shards
from jobs.core.settings import Corpus, Images
from jobs.core.waves import Plan, count_statuses
from udfs.schemas import FEATURES

if TYPE_CHECKING:
    from udfs.images.task import ImageTask

STAGE = "images"
# Samples of the first wave, and rows of a task.
FIRST_WAVE = 4_096
PART_ROWS = 512


def plan(context: Context, corpus: Corpus) -> Plan:
    """The shards whose samples are read, less those whose images are seen with these labels."""
    settings = images_section(context.settings)
    spec = images_spec(context.settings, corpus)
    labels = tagger_labels(settings, context.settings)
    units = image_units(context, corpus)

    def build(wave: Sequence[Unit]) -> DataFrame:
        rows = samples(context, corpus, wave).select("shard", "sample", "ordinal", "image")
        parts = in_parts(rows, wave, PART_ROWS, whole=F.col("image.layout") == "tar.gz")
        task = make_task(settings, list_shards(corpus).root, labels)
        return parts.select("shard", "sample", "image").mapInArrow(task, spark_schema(FEATURES))

    return Plan(
        stage=STAGE,
        corpus=corpus.name,
        table="image_features",
        specs=(spec,),
        planned=units,
        pending=tuple(ledger.pending(units, ledger.done(context.lake, corpus.name, STAGE, spec.id))),
        build=build,
        verify=count_statuses,
        first_wave=FIRST_WAVE,
        staged=True,
    )


def make_task(settings: Images, root: str, labels: tuple[str, ...]) -> ImageTask:
    """The executor's work by these settings. Only this imports torch: planning does without."""
    from udfs.images.task import ImageTask

    return ImageTask(
        root=root,
        policy=image_policy(settings),
        tagger=tagger_config(settings) if settings.tagger else None,
        labels=labels,
        embedder=settings.embedder.model_dump(exclude_none=True) if settings.embedder else None,
        floor=settings.tagger.floor if settings.tagger else 0.0,
        device=settings.device,
        batch_size=settings.batch_size,
        precision=settings.precision,
        threads=settings.threads,
    )
