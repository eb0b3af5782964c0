"""Terms and tags to postings: for each key, the samples that hold it. No concept list changes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial, reduce

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.core.context import Context
from jobs.core.stage_specs import index_specs
from jobs.core.stretches import Stored, map_stretches
from jobs.core.units import unfinished
from jobs.core.waves import Plan
from jobs.errors import SettingsError
from jobs.lake.ledger import Unit
from jobs.lake.specs import Spec
from jobs.settings.corpora import Corpus
from jobs.stages.halves import Half, indexed_units, stored_halves
from jobs.stages.indexed_samples import verify_indexed
from udfs.postings.inverting import InvertTask, caption_keys, tag_keys
from udfs.schemas import POSTINGS
from udfs.stretch_task import Source

STAGE = "index"
# Samples of the first wave: ten seconds of two cores.
FIRST_WAVE = 2_000_000
READ = {"text": ("keys", caption_keys), "image": ("tags", tag_keys)}


def specs(context: Context, corpus: Corpus) -> tuple[Spec, ...]:
    """The specs that decide the postings, of captions and of images."""
    return tuple(index_specs(context.settings, corpus, context.identities).values())


def plan(context: Context, corpus: Corpus) -> Plan:
    """The shards with stored terms and tags, except those that are indexed. No shard is opened."""
    by_search = index_specs(context.settings, corpus, context.identities)
    if not by_search:
        raise SettingsError(f"{context.settings.name}: an index needs 'captions' other than substring, or a tagger")
    stored = stored_halves(context, corpus)
    halves, units = {search: stored[search] for search in by_search}, indexed_units(context, corpus, stored)
    return Plan(
        stage=STAGE,
        corpus=corpus.name,
        table="postings",
        specs=tuple(by_search.values()),
        planned=units,
        pending=unfinished(context, corpus.name, STAGE, tuple(by_search.values()), units),
        build=partial(_postings, context, halves, by_search),
        verify=partial(
            verify_indexed, [(by_search[name], f"a usable {name} half", half.usable) for name, half in halves.items()]
        ),
        first_wave=FIRST_WAVE,
    )


def _postings(
    context: Context, halves: Mapping[str, Half], specs: Mapping[str, Spec], wave: Sequence[Unit]
) -> DataFrame:
    captions, frames = context.settings.captions, []
    for search, half in halves.items():
        column, read = READ[search]
        task = InvertTask(read, lower=search == "text" and captions is not None and not captions.keeps_case)
        source = Source(("shard", "ordinal", "status", column))
        rows = map_stretches(context.lake, [Stored(half.table, half.partitions, source)], wave, task, POSTINGS)
        frames.append(rows.withColumn("spec", F.lit(specs[search].id)))
    return reduce(DataFrame.unionByName, frames)
