"""Samples to postings of their attributes: for each language, domain and the like, the samples that have it.

It is a stage of its own, not a part of `index`: attributes need neither captions' terms nor tags, and stay what they
are if another pipeline or tagger makes the index again. Counting does not wait for it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial, reduce

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.core.context import Context
from jobs.core.stage_specs import attribute_specs, samples_spec
from jobs.core.stretches import Stored, map_stretches
from jobs.core.units import sample_units, unfinished
from jobs.core.waves import Plan
from jobs.errors import SettingsError
from jobs.lake.ledger import Unit
from jobs.lake.specs import Spec
from jobs.settings.corpora import Corpus
from jobs.stages.indexed_samples import verify_indexed
from udfs.attributes.names import Attribute
from udfs.attributes.reading import COLUMNS, AttributeKeys
from udfs.postings.inverting import InvertTask
from udfs.schemas import POSTINGS
from udfs.stretch_task import Source

STAGE = "attributes"
# Samples of the first wave: ten seconds of two cores, which the language of captions takes.
FIRST_WAVE = 400_000


def specs(context: Context, corpus: Corpus) -> tuple[Spec, ...]:
    """The specs that decide the postings, one for each attribute."""
    return tuple(attribute_specs(context.settings, corpus, context.identities).values())


def plan(context: Context, corpus: Corpus) -> Plan:
    """The shards whose samples are read, except those that are indexed by every attribute. No shard is opened.

    Attributes under which no shard is pending are not indexed again.
    """
    by_name = attribute_specs(context.settings, corpus, context.identities)
    if not by_name:
        raise SettingsError(f"{context.settings.name}: no attribute is named: set `attributes`, as in [language]")
    units = sample_units(context, corpus)
    usable = {unit.shard: unit.samples or 0 for unit in units}
    due = {name: spec for name, spec in by_name.items() if unfinished(context, corpus.name, STAGE, [spec], units)}
    return Plan(
        stage=STAGE,
        corpus=corpus.name,
        table="postings",
        specs=tuple(by_name.values()),
        planned=units,
        pending=unfinished(context, corpus.name, STAGE, tuple(by_name.values()), units),
        build=partial(_postings, context, corpus, due),
        verify=partial(verify_indexed, [(spec, "the status ok", usable.__getitem__) for spec in due.values()]),
        first_wave=FIRST_WAVE,
        due=tuple(due.values()),
    )


def _postings(context: Context, corpus: Corpus, due: Mapping[Attribute, Spec], wave: Sequence[Unit]) -> DataFrame:
    partitions, frames = {"corpus": corpus.name, "spec": samples_spec(corpus).id}, []
    for name, spec in due.items():
        stored = Stored("samples", partitions, Source(("shard", "ordinal", "status", *COLUMNS[name])))
        rows = map_stretches(context.lake, [stored], wave, InvertTask(AttributeKeys(name)), POSTINGS)
        frames.append(rows.withColumn("spec", F.lit(spec.id)))
    return reduce(DataFrame.unionByName, frames)
