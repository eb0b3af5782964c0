"""What the stage `evaluate` has to measure: each model on each set with its input, and the samples of a set."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.concepts.lists import list_names
from jobs.core import packing
from jobs.core.context import Context
from jobs.core.frames import spark_schema
from jobs.core.listing import Listing, make_reader
from jobs.core.stage_specs import evaluation_spec
from jobs.errors import SettingsError
from jobs.lake.ledger import Unit
from jobs.lake.specs import Spec, digest
from jobs.settings.corpora import EvaluationSet
from jobs.settings.law import Evaluate, EvaluationModel
from udfs.schemas import SAMPLES
from udfs.shards.task import IngestTask
from udfs.statuses import FETCH_ERROR, OK

STAGE = "evaluate"
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


def evaluate_section(context: Context) -> Evaluate:
    """The section of downstream evaluation, which the stage needs."""
    if context.settings.evaluate is None:
        raise SettingsError(f"{context.settings.name}: evaluating needs the section 'evaluate'")
    return context.settings.evaluate


def measurements(context: Context) -> Iterator[Measurement]:
    """Every model on every set of the settings."""
    settings = evaluate_section(context)
    for one_set in settings.sets:
        listing = context.listings.of(one_set)
        names = list_names(context.settings.concept_list(one_set.concepts))
        shards = [(shard.name, shard.fingerprint) for shard in listing.shards]
        # Captions of retrieval are their own prompts.
        prompts = settings.prompts if one_set.task == "classification" else []
        plain, kept = (digest([shards, names, prompts, *more])[:24] for more in ((), ("predictions",)))
        keeps = settings.predictions and one_set.task == "classification"
        for model in settings.models:
            spec = evaluation_spec(one_set, model, context.identities, context.settings.captions)
            unit = Unit(model.name, kept if keeps else plain, listing.bytes, listing.bytes)
            # An evaluation that kept its predictions is also one without them.
            enough = [unit] if keeps else [unit, replace(unit, fingerprint=kept)]
            left = context.ledger.pending(enough, one_set.name, STAGE, spec.id)
            yield Measurement(one_set, model, listing, names, spec, unit, done=len(left) < len(enough))


def placed_samples(context: Context, of_set: EvaluationSet, listing: Listing) -> DataFrame:
    """The samples of a set that could be read, in tasks of about PART_ROWS, each sorted by the images' places."""
    samples = _samples(context, of_set, listing)
    part = F.floor(F.col("ordinal") / PART_ROWS)
    placed = samples.repartition(PARTS, "shard", part).sortWithinPartitions("shard", "ordinal")
    return placed.where(F.col("status") == OK)


def unread(context: Context, of_set: EvaluationSet, listing: Listing) -> dict[str, int]:
    """The things in the set's shards that are not samples, by status: the shards are read again, without a model."""
    others = _samples(context, of_set, listing).where(F.col("status") != OK)
    return {row["status"]: row["count"] for row in others.groupBy("status").count().toArrow().to_pylist()}


def failure_of(statuses: Mapping[str, int]) -> str | None:
    """Why a set counts as not evaluated: something could not be fetched, and a part's score is not the set's."""
    missing = statuses.get(FETCH_ERROR, 0)
    return f"{missing} images or shards of the set cannot be read: see `conceptfreq doctor`" if missing else None


def _samples(context: Context, of_set: EvaluationSet, listing: Listing) -> DataFrame:
    units = [Unit(shard.name, shard.fingerprint, packing.work(shard.bytes)) for shard in listing.shards]
    read = IngestTask(make_reader(of_set), listing.root)
    return packing.packed(context.lake.spark, units).mapInArrow(read, spark_schema(SAMPLES))
