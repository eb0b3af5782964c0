"""A stage of the tests' own: the length of each caption."""

from __future__ import annotations

from collections.abc import Sequence

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.core.context import Context
from jobs.core.outcomes import count_statuses
from jobs.core.stage_specs import samples_spec
from jobs.core.units import sample_units, samples
from jobs.core.waves import Plan
from jobs.lake.ledger import Unit
from jobs.lake.specs import Spec
from jobs.settings.corpora import Corpus


def specs(context: Context, corpus: Corpus) -> tuple[Spec, ...]:
    """What decides the lengths: the samples."""
    return (Spec("lengths", {"version": 1, "samples": samples_spec(corpus).body}),)


def plan(context: Context, corpus: Corpus) -> Plan:
    """The shards whose samples are read, less those whose captions are measured."""
    (spec,) = specs(context, corpus)
    units = sample_units(context, corpus)

    def build(wave: Sequence[Unit]) -> DataFrame:
        rows = samples(context, corpus, wave)
        length = F.length(F.coalesce("caption", F.lit(""))).alias("characters")
        seconds = F.lit(None).cast("map<string, float>").alias("seconds")
        return rows.select("shard", "sample", F.lit("ok").alias("status"), length, seconds)

    pending = tuple(context.ledger.pending(units, corpus.name, "lengths", spec.id))
    return Plan("lengths", corpus.name, "lengths", (spec,), units, pending, build, count_statuses, first_wave=1_000)
