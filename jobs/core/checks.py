"""Whether everything that the settings name is there, before Spark starts: paths, lists, pipelines, models."""

from __future__ import annotations

from collections.abc import Sequence

from jobs.core.concepts import list_names
from jobs.core.errors import SettingsError
from jobs.core.listing import list_shards
from jobs.core.settings import Settings


def check_inputs(settings: Settings, stages: Sequence[str]) -> None:
    """Raise SettingsError for the first input of these stages that is missing, by name."""
    if "ingest" in stages:
        for corpus in settings.corpora:
            list_shards(corpus)
    if {"count", "images", "evaluate"} & set(stages):
        for source in settings.concepts:
            list_names(source)
    if {"captions", "count"} & set(stages) and settings.captions:
        _check_pipeline(settings.captions.pipeline)
    if "images" in stages and settings.images:
        _check_models(settings)
    if "evaluate" in stages and settings.evaluate:
        _check_evaluation(settings)


def _check_pipeline(name: str) -> None:
    from udfs.text.nouns import pipeline_identity

    try:
        pipeline_identity(name)
    except (OSError, ValueError, ImportError) as error:
        raise SettingsError(f"captions.pipeline: {error}") from None


def _check_models(settings: Settings) -> None:
    from jobs.core.lineage import tagger_config
    from udfs.images.taggers.registry import embedder_identity, tagger_identity

    assert settings.images is not None
    try:
        if settings.images.tagger:
            tagger_identity(tagger_config(settings.images))
        if settings.images.embedder:
            embedder_identity(settings.images.embedder.model_dump(exclude_none=True))
    except (OSError, ValueError, ImportError) as error:
        raise SettingsError(f"images: {error}") from None


def _check_evaluation(settings: Settings) -> None:
    from udfs.images.clip_model import clip_identity

    assert settings.evaluate is not None
    for evaluation_set in settings.evaluate.sets:
        list_shards(evaluation_set)
    for model in settings.evaluate.models:
        try:
            clip_identity(model.model_dump(exclude_none=True, exclude={"name"}))
        except (OSError, ValueError, ImportError) as error:
            raise SettingsError(f"evaluate.models.{model.name}: {error}") from None
