"""Terms, tags and concepts to counts: per shard, then summed over finished shards.

Counting opens no shard and runs no model. A list that grew or a new threshold makes the shards pending again under the
same spec, because neither changes the frequency of what was counted before.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from jobs.core import ledger
from jobs.core.context import Context
from jobs.core.errors import SettingsError, StageFailed
from jobs.core.frames import spark_schema
from jobs.core.ledger import Outcome, Unit
from jobs.core.lineage import (
    captions_spec,
    image_units,
    images_spec,
    result_digest,
    sample_units,
    search_specs,
    shard_rows,
)
from jobs.core.questions import Questions, questions, tag_labels, text_queries
from jobs.core.settings import Corpus
from jobs.core.specs import Spec, digest
from jobs.core.waves import Plan
from udfs.counting import COUNTS, CountTask
from udfs.statuses import OK, USABLE

STAGE = "count"
# Samples of the first wave.
FIRST_WAVE = 500_000
# The columns of a half that the settings do not search.
ABSENT = {
    "text_ok": "boolean",
    "nouns": "array<string>",
    "positions": "array<int>",
    "image_ok": "boolean",
    "tags": "array<struct<label: string, score: float>>",
}


@dataclass(frozen=True)
class Half:
    """What one half of the samples was turned into: the table, its spec, and the ledger's rows by shard."""

    table: str
    columns: tuple[str, ...]
    spec: Spec
    done: Mapping[str, Mapping[str, Any]]

    def usable(self, shard: str) -> int:
        """How many of a shard's samples the search of this half can use."""
        return sum(count for status, count in self.done[shard]["statuses"].items() if status in USABLE)


def plan(context: Context, corpus: Corpus) -> Plan:
    """The shards whose terms and tags are stored, less those that are counted with these concepts and thresholds."""
    specs = search_specs(context.settings, corpus)
    if not context.settings.concepts or not specs:
        raise SettingsError(f"{context.settings.name}: counting needs 'concepts', and 'captions' or 'images.tagger'")
    halves = stored_halves(context, corpus)
    asked = questions(context.lake, context.settings, corpus)
    units = _units(context, corpus, halves, asked)
    unfinished = _unfinished(context, corpus.name, tuple(specs.values()), units)
    return Plan(
        stage=STAGE,
        corpus=corpus.name,
        table="shard_counts",
        specs=tuple(specs.values()),
        planned=units,
        pending=tuple(unit for unit in units if unit in unfinished),
        build=_builder(context, corpus, halves, asked, specs),
        verify=lambda wave, written: _verify(wave, written, halves),
        first_wave=FIRST_WAVE,
    )


def counted_units(context: Context, counting: Plan) -> list[Unit]:
    """The units of a plan that every search has counted by now."""
    left = _unfinished(context, counting.corpus, counting.specs, counting.planned)
    return [unit for unit in counting.planned if unit not in left]


def _unfinished(context: Context, corpus: str, specs: Sequence[Spec], units: Sequence[Unit]) -> set[Unit]:
    left: set[Unit] = set()
    for spec in specs:
        left.update(ledger.pending(units, ledger.done(context.lake, corpus, STAGE, spec.id)))
    return left


def stored_halves(context: Context, corpus: Corpus) -> dict[str, Half]:
    """The halves that the settings search, by search."""
    settings, halves = context.settings, {}
    if settings.captions:
        spec = captions_spec(settings, corpus)
        done = _current(context, corpus, "captions", spec, sample_units(context, corpus))
        halves["text"] = Half("caption_terms", ("nouns", "positions"), spec, done)
    if settings.images and settings.images.tagger:
        spec = images_spec(settings, corpus)
        done = _current(context, corpus, "images", spec, image_units(context, corpus))
        halves["image"] = Half("image_features", ("tags",), spec, done)
    return halves


def _current(
    context: Context, corpus: Corpus, stage: str, spec: Spec, units: Sequence[Unit]
) -> dict[str, dict[str, Any]]:
    """The ledger's rows of a stage that rest on the present input: nothing stale is counted."""
    done = ledger.done(context.lake, corpus.name, stage, spec.id)
    stale = {unit.shard for unit in ledger.pending(units, done)}
    return {unit.shard: done[unit.shard] for unit in units if unit.shard not in stale}


def _units(context: Context, corpus: Corpus, halves: Mapping[str, Half], asked: Questions) -> tuple[Unit, ...]:
    units = []
    for unit in sample_units(context, corpus):
        if all(unit.shard in half.done for half in halves.values()):
            inputs = [result_digest(half.done[unit.shard]) for half in halves.values()]
            fingerprint = digest([unit.fingerprint, inputs, asked.digest])[:24]
            units.append(Unit(unit.shard, fingerprint, unit.work, unit.bytes, unit.samples))
    return tuple(units)


def _builder(
    context: Context, corpus: Corpus, halves: Mapping[str, Half], asked: Questions, specs: Mapping[str, Spec]
) -> Callable[[Sequence[Unit]], DataFrame]:
    """Makes a wave's frame; the queries are made with the first."""
    tasks: list[CountTask] = []

    def build(wave: Sequence[Unit]) -> DataFrame:
        if not tasks:
            tasks.append(_task(context, corpus, asked))
        partial = _joined(context, corpus, wave, halves).mapInArrow(tasks[0], spark_schema(COUNTS))
        keys = [name for name in COUNTS.names if name != "samples"]
        return partial.groupBy(*keys).agg(F.sum("samples").alias("samples")).withColumn("spec", _spec_of(specs))

    return build


def _task(context: Context, corpus: Corpus, asked: Questions) -> CountTask:
    queries = text_queries(context, corpus, asked)
    return CountTask(
        queries=tuple(queries.values()),
        match=context.settings.captions.match if context.settings.captions else "strict",
        labels=tag_labels(context.settings, asked),
        thresholds=asked.thresholds,
        run_concepts=asked.run_concepts,
        ignore_case=context.settings.captions.ignore_case if context.settings.captions else False,
    )


def _joined(context: Context, corpus: Corpus, wave: Sequence[Unit], halves: Mapping[str, Half]) -> DataFrame:
    """Each sample's stored nouns and tags side by side. The join stays within the wave's shards."""
    frames = {}
    for search, half in halves.items():
        rows = shard_rows(context, half.table, corpus, half.spec, wave)
        usable = F.col("status").isin(*USABLE).alias(f"{search}_ok")
        frames[search] = rows.select("shard", "sample", *half.columns, usable)
    if len(frames) == 2:
        joined = frames["text"].join(frames["image"], ["shard", "sample"], "full_outer")
    else:
        joined = next(iter(frames.values()))
    for name, kind in ABSENT.items():
        if name not in joined.columns:
            joined = joined.withColumn(name, F.lit(None).cast(kind))
    return joined.select("shard", "nouns", "positions", "text_ok", "tags", "image_ok")


def _spec_of(specs: Mapping[str, Spec]) -> Column:
    search = F.when(F.col("search") == "misalignment", "integrated").otherwise(F.col("search"))
    pairs = [F.lit(part) for name, spec in specs.items() for part in (name, spec.id)]
    return F.create_map(*pairs)[search]


def _verify(wave: Sequence[Unit], written: DataFrame, halves: Mapping[str, Half]) -> dict[Unit, Outcome]:
    """Outcomes of a wave; StageFailed where not every usable sample was counted."""
    totals = written.where("measure = 'samples' AND search IN ('text', 'image')")
    counted = totals.groupBy("shard", "search").agg(F.max("samples").alias("samples")).toArrow().to_pylist()
    found = {(row["shard"], row["search"]): row["samples"] for row in counted}
    for unit in wave:
        for search, half in halves.items():
            if found.get((unit.shard, search), 0) != half.usable(unit.shard):
                raise StageFailed(
                    f"shard {unit.shard}: {half.usable(unit.shard)} samples have a usable {search} half, "
                    f"{found.get((unit.shard, search), 0)} were counted; it stays out of the ledger"
                )
    return {unit: Outcome(unit.samples or 0, {OK: unit.samples or 0}) for unit in wave}
