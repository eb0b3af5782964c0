"""Whether everything that the settings name is there, before Spark starts: paths, lists, pipelines, models, MLflow."""

from __future__ import annotations

from collections.abc import Sequence

from jobs.concepts.lists import list_names
from jobs.core.listing import Listings, list_shards
from jobs.core.mlflow_store import check_store
from jobs.core.sections import naming, tagger_config
from jobs.core.stage_specs import evaluation_spec
from jobs.errors import SettingsError
from jobs.settings.databricks import on_databricks
from jobs.settings.image_search import Images
from jobs.settings.law import Evaluate
from jobs.settings.settings import Settings
from udfs.text.modes import INDEX_OF
from udfs.text.nouns import pipeline_identity

# The stages that read concept lists.
USES_LISTS = frozenset({"count", "images", "evaluate"})


def check_inputs(settings: Settings, stages: Sequence[str]) -> Listings:
    """Raise SettingsError for the first input of these stages that is missing, by name; what was listed for that."""
    refuse_lost_results(settings, stages)
    listings = Listings()
    if "ingest" in stages:
        for corpus in settings.corpora:
            listings.of(corpus)
    if USES_LISTS & set(stages):
        for source in settings.concepts:
            list_names(source)
    if {"captions", "count"} & set(stages) and settings.captions and INDEX_OF[settings.captions.match] != "text":
        with naming("captions.pipeline"):
            pipeline_identity(settings.captions.pipeline)
    if "images" in stages and settings.images:
        _check_images(settings.images)
    if "evaluate" in stages and settings.evaluate:
        _check_evaluation(settings.evaluate)
    if "fit" in stages and settings.fit:
        check_store(settings)
    return listings


def refuse_lost_results(settings: Settings, stages: Sequence[str]) -> None:
    """Raise SettingsError where fits or the report would be left on the disk of a Databricks driver."""
    if not on_databricks():
        return
    lost = "would be lost with the cluster's disk: write"
    if "fit" in stages and settings.tracking is None:
        where = f"tracking: {{uri: databricks, experiment: /Shared/{settings.name}}}"
        raise SettingsError(f"tracking: MLflow's runs {lost} {where}")
    if "report" in stages and settings.report.output is None and not settings.lake.startswith("/"):
        where = "report: {output: /Volumes/CATALOG/SCHEMA/VOLUME/report.html}"
        raise SettingsError(f"report.output: the report {lost} {where}")


def _check_images(images: Images) -> None:
    from udfs.images.models.taggers.registry import embedder_identity, tagger_identity

    with naming("images"):
        if images.tagger:
            tagger_identity(tagger_config(images))
        if images.embedder:
            embedder_identity(images.embedder.model_dump(exclude_none=True))


def _check_evaluation(evaluate: Evaluate) -> None:
    for one_set in evaluate.sets:
        list_shards(one_set)
        for model in evaluate.models:
            evaluation_spec(one_set, model)
