"""Samples to caption terms: every noun of every caption, or the index of another match mode.

The terms are stored once and do not depend on any concept list.
"""

from __future__ import annotations

from collections.abc import Sequence

from pyspark.sql import DataFrame

from jobs.core.context import Context
from jobs.core.frames import in_parts, spark_schema
from jobs.core.outcomes import count_statuses
from jobs.core.sections import captions_section
from jobs.core.stage_specs import captions_spec, samples_spec
from jobs.core.stretches import Stored, map_stretches
from jobs.core.units import sample_units, samples
from jobs.core.waves import Plan
from jobs.lake.ledger import Unit
from jobs.lake.specs import Spec
from jobs.settings.corpora import Corpus
from jobs.settings.text_search import Captions
from udfs.schemas import TERMS
from udfs.stretch_task import Source, usable_samples
from udfs.text.modes import INDEX_OF
from udfs.text.task import NounTask

STAGE = "captions"
# Samples of the first wave.
FIRST_WAVE = 50_000
# Rows of a task: about 3 s of one core, so that few cores are idle at the end of a wave.
PART_ROWS = 4_096
READ = ("shard", "sample", "ordinal", "status", "caption")


def specs(context: Context, corpus: Corpus) -> tuple[Spec, ...]:
    """The spec that decides the caption terms."""
    return (captions_spec(context.settings, corpus, context.identities),)


def plan(context: Context, corpus: Corpus) -> Plan:
    """The shards whose samples are read, except those whose nouns are found. No shard is opened."""
    settings = captions_section(context.settings)
    (spec,) = specs(context, corpus)
    units = sample_units(context, corpus)
    task = make_task(settings)

    def build(wave: Sequence[Unit]) -> DataFrame:
        if sum(unit.work for unit in wave) <= PART_ROWS and context.lake.opens_files("samples"):
            # A first read of Delta by Spark takes 3 s, for whatever number of rows.
            partitions = {"corpus": corpus.name, "spec": samples_spec(corpus).id}
            stored = Stored("samples", partitions, Source(READ, usable_samples))
            return map_stretches(context.lake, [stored], wave, task, TERMS)
        rows = samples(context, corpus, wave).select("shard", "sample", "ordinal", "caption")
        parts = in_parts(rows, wave, PART_ROWS).select("shard", "sample", "ordinal", "caption")
        return parts.mapInArrow(task, spark_schema(TERMS))

    return Plan(
        stage=STAGE,
        corpus=corpus.name,
        table="caption_terms",
        specs=(spec,),
        planned=units,
        pending=tuple(context.ledger.pending(units, corpus.name, STAGE, spec.id)),
        build=build,
        verify=count_statuses,
        first_wave=FIRST_WAVE,
        staged=True,
    )


def make_task(settings: Captions) -> NounTask:
    """The executor's task under these settings."""
    return NounTask(
        settings.pipeline,
        settings.max_characters,
        INDEX_OF[settings.match],
        engine=settings.engine,
        check_share=settings.check_share,
        clean=settings.cleans,
    )
