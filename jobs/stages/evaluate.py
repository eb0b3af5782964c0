"""Downstream performance: zero-shot accuracy per class of each model on each set, with each kind of prompt.

Beside an accuracy stand what the class is taken for, how often it is predicted, and how well its confidences are
calibrated (`jobs.stages.class_scores`). What single images are taken for is kept if the settings ask for it. Sets of
retrieval have recall per concept instead (`jobs.stages.retrieval`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import nullcontext

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.analysis.calibration import BINS
from jobs.core import staging
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
from jobs.stages.class_scores import ClassTally, class_rows, whole_set_rows
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
    predictions = _predictions(context, settings, measurement)
    name = f"predictions-{measurement.set.name}-{measurement.spec.id}"
    # What is kept and counted is computed once.
    staged = staging.evaluated(context.lake.spark, context.lake.at, name, predictions)
    with staged if settings.predictions else nullcontext(predictions) as found:
        tallies = _tallies(found)
        outcome = _outcome(tallies, settings.prompts[0], unread(context, measurement.set, measurement.listing))
        if not outcome.failure:
            _keep(context, measurement, found if settings.predictions else None)
    whole = whole_set_rows(measurement.set.name, measurement.model.name, tallies)
    return [*class_rows(tallies, measurement.names, settings.prompts), *whole], outcome


def _predictions(context: Context, settings: Evaluate, measurement: Measurement) -> DataFrame:
    """What each image is taken for by each prompt. Only this function imports torch."""
    from udfs.images.zero_shot import PREDICTIONS, EvaluateTask

    task = EvaluateTask(
        root=measurement.listing.root,
        model=clip_config(measurement.model),
        names=measurement.names,
        prompts=tuple(settings.prompts),
        device=settings.device,
        batch_size=settings.batch_size,
    )
    rows = placed_samples(context, measurement.set, measurement.listing).select("shard", "sample", "caption", "image")
    return rows.mapInArrow(task, spark_schema(PREDICTIONS))


def _keep(context: Context, measurement: Measurement, predictions: DataFrame | None) -> None:
    """Write the predictions into their table, before the scores that are made of them; None removes those of before."""
    where = {"set": measurement.set.name, "spec": measurement.spec.id, "model": measurement.model.name}
    if predictions is None:
        # Where none were ever kept, the table is not even made.
        if context.lake.table("predictions", ["prompt"], **where).num_rows:
            context.lake.replace_rows("predictions", where, [])
        return
    rows = predictions.withColumns({key: F.lit(value) for key, value in where.items()})
    context.lake.replace("predictions", where, rows)


def _tallies(predictions: DataFrame) -> list[ClassTally]:
    """Images by class, prompt, status, nearest name and bin of confidence: of each prompt at most as many as images."""
    bin_of = F.ceil(F.col("confidence") * BINS).cast("int").alias("bin")
    groups = predictions.groupBy("concept", "prompt", "status", "predicted", bin_of)
    counted = groups.agg(F.count("*").alias("images"), F.sum("confidence").alias("confidence"))
    return [ClassTally(**row) for row in counted.toArrow().to_pylist()]


def _outcome(tallies: Sequence[ClassTally], prompt: str, others: Mapping[str, int]) -> Outcome:
    """Images by status under one prompt (they are the same under all), and the things that are not samples."""
    statuses = Counter(others)
    for one in tallies:
        if one.prompt == prompt:
            statuses[one.status] += one.images
    return Outcome(sum(statuses.values()), dict(statuses), failure=failure_of(statuses))
