"""Shards to samples: one row for each thing that was read, with its status. Images stay in their shards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from pyspark.sql import DataFrame

from jobs.core import packing
from jobs.core.contents import contents
from jobs.core.context import Context
from jobs.core.frames import spark_schema
from jobs.core.listing import make_reader
from jobs.core.outcomes import count_statuses
from jobs.core.stage_specs import samples_spec
from jobs.core.waves import Plan
from jobs.core.written import Written
from jobs.lake.ledger import Outcome, Unit
from jobs.lake.specs import Spec
from jobs.settings.corpora import Corpus
from jobs.stages.repeats import repetitions
from udfs.schemas import SAMPLES
from udfs.shards.task import IngestTask

STAGE = "ingest"
# Bytes; the later waves are sized by its rate.
FIRST_WAVE = 2 * 2**30


def specs(context: Context, corpus: Corpus) -> tuple[Spec, ...]:
    """The spec that decides the samples."""
    return (samples_spec(corpus),)


def plan(context: Context, corpus: Corpus) -> Plan:
    """The listed shards, except those that are done; they are read straight from their files."""
    listing = context.listings.of(corpus)
    wanted = listing.shards[: context.max_shards]
    units = tuple(Unit(shard.name, shard.fingerprint, packing.work(shard.bytes), shard.bytes) for shard in wanted)
    (spec,) = specs(context, corpus)
    done = context.ledger.done(corpus.name, STAGE, spec.id)
    gone = sorted(done.keys() - {shard.name for shard in listing.shards})
    held: dict[str, str] = {}

    def build(wave: Sequence[Unit]) -> DataFrame:
        # This comes before reading: if a shard changes meanwhile, its new content must not be recorded.
        held.update(contents(context, corpus, wave))
        task = IngestTask(make_reader(corpus), listing.root)
        return packing.packed(context.lake.spark, wave).mapInArrow(task, spark_schema(SAMPLES))

    def verify(wave: Sequence[Unit], written: Written) -> dict[Unit, Outcome]:
        outcomes = count_statuses(wave, written)
        sizes = {unit.shard: outcome.samples for unit, outcome in outcomes.items()}
        repeated = repetitions(context, corpus, written, sizes, gone)
        return {
            unit: replace(outcome, failure=outcome.failure or repeated.get(unit.shard), content=held.get(unit.shard))
            for unit, outcome in outcomes.items()
        }

    return Plan(
        stage=STAGE,
        corpus=corpus.name,
        table="samples",
        specs=(spec,),
        planned=units,
        pending=tuple(context.ledger.pending(units, corpus.name, STAGE, spec.id)),
        build=build,
        verify=verify,
        first_wave=FIRST_WAVE,
        vanished=tuple(gone),
    )
