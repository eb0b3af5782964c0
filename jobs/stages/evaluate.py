"""Downstream performance: zero-shot accuracy per class of each model on each set, with each kind of prompt.

Sets of retrieval have recall per concept instead (`jobs.stages.retrieval`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.core.context import Context
from jobs.core.frames import spark_schema
from jobs.core.pace import Words
from jobs.core.progress import Progress
from jobs.core.sections import clip_config
from jobs.core.stage import Result
from jobs.core.waves import Summary
from jobs.lake import specs
from jobs.lake.lease import Lease
from jobs.lake.ledger import Outcome
from jobs.lake.specs import record
from jobs.settings.law import Evaluate
from jobs.stages.measurements import (
    STAGE,
    Measurement,
    evaluate_section,
    failure_of,
    measurements,
    placed_samples,
    unread,
)
from jobs.stages.retrieval import Rows, retrieve
from udfs.statuses import OK

METRIC = "accuracy"
MODELS = Words("models", "images", "unusable")


def run(context: Context) -> Result:
    """Evaluate each model on each set, unless that is done with these classes, images and prompts."""
    settings = evaluate_section(context)
    summaries: dict[str, Summary] = {}
    for measurement in measurements(context):
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
    for one in measurements(context) if context.settings.evaluate else ():
        newest = context.ledger.newest(one.set.name, STAGE, one.unit.shard)
        specs.refuse_changed(context.lake, one.set.name, STAGE, [one.spec], newest)


def announce(context: Context) -> list[str]:
    """The work of the stage in words, one line per set and model."""
    return [
        f"evaluate {one.set.name} ({len(one.listing.shards)} shards, {len(one.names)} concepts): "
        f"{one.model.name} {'done' if one.done else 'to do'} (spec {one.spec.id})"
        for one in measurements(context)
    ]


def _evaluate(context: Context, settings: Evaluate, measurement: Measurement) -> Outcome:
    name, model, spec = measurement.set.name, measurement.model.name, measurement.spec
    measure = retrieve if measurement.set.task == "retrieval" else _classify
    with Lease(context.lake, name, STAGE, context.settings.lease_seconds).hold():
        context.record_run()
        record(context.lake, spec)
        rows, outcome = measure(context, settings, measurement)
        if not outcome.failure:
            common = {"set": name, "model": model, "unit": "share", "spec": spec.id}
            where = {"set": name, "spec": spec.id, "model": model}
            context.lake.replace_rows("evaluations", where, [{**common, **row} for row in rows])
        context.ledger.write(name, STAGE, [spec.id], {measurement.unit: outcome}, context.run)
    return outcome


def _classify(context: Context, settings: Evaluate, measurement: Measurement) -> tuple[Rows, Outcome]:
    counts = _counts(context, settings, measurement).toArrow().to_pylist()
    outcome = _outcome(counts, settings.prompts[0], unread(context, measurement))
    return _rows(counts, measurement.names, settings.prompts), outcome


def _counts(context: Context, settings: Evaluate, measurement: Measurement) -> DataFrame:
    """Numbers of images and of right answers, by class, prompt and status. Only this function imports torch."""
    from udfs.images.zero_shot import EVALUATION, EvaluateTask

    task = EvaluateTask(
        root=measurement.listing.root,
        model=clip_config(measurement.model),
        names=measurement.names,
        prompts=tuple(settings.prompts),
        device=settings.device,
        batch_size=settings.batch_size,
    )
    rows = placed_samples(context, measurement).select("shard", "sample", "caption", "image")
    keys = [name for name in EVALUATION.names if name not in ("images", "correct")]
    found = rows.mapInArrow(task, spark_schema(EVALUATION))
    return found.groupBy(*keys).agg(F.sum("images").alias("images"), F.sum("correct").alias("correct"))


def _rows(counts: Sequence[dict[str, Any]], names: Sequence[str], prompts: Sequence[str]) -> Rows:
    """One row per class and prompt; a class without a usable image has no value."""
    found = {(row["concept"], row["prompt"]): row for row in counts if row["status"] == OK}
    rows = []
    for prompt in prompts:
        for name in dict.fromkeys(names):
            row = found.get((name, prompt))
            value = row["correct"] / row["images"] if row else None
            images = row["images"] if row else 0
            rows.append({"concept": name, "prompt": prompt, "metric": METRIC, "value": value, "samples": images})
    return rows


def _outcome(counts: Sequence[dict[str, Any]], prompt: str, others: Mapping[str, int]) -> Outcome:
    """Images by status under one prompt (they are the same under all), and the things that are not samples."""
    statuses = Counter(others)
    for row in counts:
        if row["prompt"] == prompt:
            statuses[row["status"]] += row["images"]
    return Outcome(sum(statuses.values()), dict(statuses), failure=failure_of(statuses))
