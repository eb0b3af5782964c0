"""Downstream performance: zero-shot accuracy per class of each model on each set, with each kind of prompt."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.concepts.lists import list_names
from jobs.core import packing
from jobs.core.context import Context
from jobs.core.frames import spark_schema
from jobs.core.listing import Listing, make_reader
from jobs.core.pace import Words
from jobs.core.progress import Progress
from jobs.core.sections import clip_config
from jobs.core.stage import Result
from jobs.core.stage_specs import evaluation_spec
from jobs.core.waves import Summary
from jobs.errors import SettingsError
from jobs.lake import ledger, specs
from jobs.lake.lease import Lease
from jobs.lake.ledger import Outcome, Unit
from jobs.lake.specs import Spec, digest, record
from jobs.settings.corpora import EvaluationSet
from jobs.settings.law import Evaluate, EvaluationModel
from udfs.schemas import SAMPLES
from udfs.shards.task import IngestTask
from udfs.statuses import FETCH_ERROR, OK

STAGE = "evaluate"
METRIC = "accuracy"
MODELS = Words("models", "images", "unusable")
# Images of a task, and tasks of a set.
PART_ROWS = 256
PARTS = 32


@dataclass(frozen=True)
class Measurement:
    """One model on one set: the input, the classes, and whether the evaluation with these is done."""

    set: EvaluationSet
    model: EvaluationModel
    listing: Listing
    names: tuple[str, ...]
    spec: Spec
    unit: Unit
    done: bool


def run(context: Context) -> Result:
    """Evaluate each model on each set, unless that is done with these classes, images and prompts."""
    settings = evaluate_section(context)
    summaries: dict[str, Summary] = {}
    for measurement in plan(context):
        name = measurement.set.name
        summary = summaries.setdefault(name, Summary(STAGE, name, planned=len(settings.models)))
        if not measurement.done:
            with Progress(STAGE, f"{name} {measurement.model.name}", 1, MODELS, context.lake.session) as progress:
                outcome = _evaluate(context, settings, measurement)
                unusable = outcome.samples - outcome.statuses.get(OK, 0)
                progress.advance(1, outcome.samples, unusable)
                progress.line("%d images, %d unusable", outcome.samples, unusable)
            if outcome.failure:
                summary.failed[measurement.model.name] = outcome.failure
                continue
            summary.samples += outcome.samples
            summary.committed += 1
        summary.done += 1
    return Result(list(summaries.values()))


def refuse_changed(context: Context) -> None:
    """Raise SpecChanged if a model on a set has results, but none under these settings."""
    for one in plan(context) if context.settings.evaluate else ():
        newest = context.ledger.newest(one.set.name, STAGE, one.unit.shard)
        specs.refuse_changed(context.lake, one.set.name, STAGE, [one.spec], newest)


def announce(context: Context) -> list[str]:
    """The work of the stage in words, one line per set and model."""
    return [
        f"evaluate {one.set.name} ({len(one.listing.shards)} shards, {len(one.names)} classes): "
        f"{one.model.name} {'done' if one.done else 'to do'} (spec {one.spec.id})"
        for one in plan(context)
    ]


def evaluate_section(context: Context) -> Evaluate:
    """The section of downstream evaluation, which the stage needs."""
    if context.settings.evaluate is None:
        raise SettingsError(f"{context.settings.name}: evaluating needs the section 'evaluate'")
    return context.settings.evaluate


def plan(context: Context) -> Iterator[Measurement]:
    """Every model on every set of the settings."""
    settings = evaluate_section(context)
    for one_set in settings.sets:
        listing = context.listings.of(one_set)
        names = list_names(next(source for source in context.settings.concepts if source.name == one_set.concepts))
        shards = [(shard.name, shard.fingerprint) for shard in listing.shards]
        fingerprint = digest([shards, names, settings.prompts])[:24]
        for model in settings.models:
            spec = evaluation_spec(one_set, model, context.identities)
            unit = Unit(model.name, fingerprint, listing.bytes, listing.bytes)
            left = ledger.pending([unit], context.ledger.done(one_set.name, STAGE, spec.id))
            yield Measurement(one_set, model, listing, names, spec, unit, done=not left)


def _evaluate(context: Context, settings: Evaluate, measurement: Measurement) -> Outcome:
    name, model, spec = measurement.set.name, measurement.model.name, measurement.spec
    with Lease(context.lake, name, STAGE, context.settings.lease_seconds).hold():
        context.record_run()
        record(context.lake, spec)
        counts = _counts(context, settings, measurement).toArrow().to_pylist()
        unread = _unread(context, measurement)
        outcome = _outcome(counts, settings.prompts[0], unread)
        if not outcome.failure:
            rows = _rows(counts, measurement.names, settings.prompts)
            common = {"set": name, "model": model, "metric": METRIC, "unit": "share", "spec": spec.id}
            where = {"set": name, "spec": spec.id, "model": model}
            context.lake.replace_rows("evaluations", where, [{**common, **row} for row in rows])
        context.ledger.write(name, STAGE, [spec.id], {measurement.unit: outcome}, context.run)
    return outcome


def _counts(context: Context, settings: Evaluate, measurement: Measurement) -> DataFrame:
    """Numbers of images and of right answers, by class, prompt and status. Only this function imports torch."""
    from udfs.images.zero_shot import EVALUATION, EvaluateTask

    samples = _samples(context, measurement)
    part = F.floor(F.col("ordinal") / PART_ROWS)
    placed = samples.repartition(PARTS, "shard", part).sortWithinPartitions("shard", "ordinal")
    task = EvaluateTask(
        root=measurement.listing.root,
        model=clip_config(measurement.model),
        names=measurement.names,
        prompts=tuple(settings.prompts),
        device=settings.device,
        batch_size=settings.batch_size,
    )
    rows = placed.where(F.col("status") == OK).select("shard", "sample", "caption", "image")
    keys = [name for name in EVALUATION.names if name not in ("images", "correct")]
    found = rows.mapInArrow(task, spark_schema(EVALUATION))
    return found.groupBy(*keys).agg(F.sum("images").alias("images"), F.sum("correct").alias("correct"))


def _samples(context: Context, measurement: Measurement) -> DataFrame:
    listing = measurement.listing
    units = [Unit(shard.name, shard.fingerprint, packing.work(shard.bytes)) for shard in listing.shards]
    read = IngestTask(make_reader(measurement.set), listing.root)
    return packing.packed(context.lake.spark, units).mapInArrow(read, spark_schema(SAMPLES))


def _unread(context: Context, measurement: Measurement) -> dict[str, int]:
    """The things in the set's shards that are not samples, by status: the shards are read again, without a model."""
    others = _samples(context, measurement).where(F.col("status") != OK)
    return {row["status"]: row["count"] for row in others.groupBy("status").count().toArrow().to_pylist()}


def _rows(counts: Sequence[dict[str, Any]], names: Sequence[str], prompts: Sequence[str]) -> list[dict[str, Any]]:
    """One row per class and prompt; a class without a usable image has no value."""
    found = {(row["concept"], row["prompt"]): row for row in counts if row["status"] == OK}
    rows = []
    for prompt in prompts:
        for name in dict.fromkeys(names):
            row = found.get((name, prompt))
            value = row["correct"] / row["images"] if row else None
            rows.append({"concept": name, "prompt": prompt, "value": value, "samples": row["images"] if row else 0})
    return rows


def _outcome(counts: Sequence[dict[str, Any]], prompt: str, unread: Mapping[str, int]) -> Outcome:
    """Images by status under one prompt (they are the same under all), and the things that are not samples.

    It is a failure if something could not be fetched: the accuracy on a part of a set is not the set's.
    """
    statuses = Counter(unread)
    for row in counts:
        if row["prompt"] == prompt:
            statuses[row["status"]] += row["images"]
    failure = None
    if statuses[FETCH_ERROR]:
        failure = f"{statuses[FETCH_ERROR]} images or shards of the set cannot be read: see `conceptfreq doctor`"
    return Outcome(sum(statuses.values()), dict(statuses), failure=failure)
