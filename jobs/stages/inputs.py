"""Checks, before Spark starts, that everything in the settings exists: paths, lists, pipelines, models, MLflow."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec

from jobs.concepts.lists import list_names
from jobs.core.identities import Identities
from jobs.core.listing import Listings
from jobs.core.mlflow_store import check_store
from jobs.core.sections import embedder_config, naming, tagger_config
from jobs.core.stage_specs import attribute_specs, evaluation_spec
from jobs.errors import SettingsError
from jobs.results.fits.similarities import labelled_sets
from jobs.settings.corpora import EvaluationSet
from jobs.settings.databricks import on_databricks
from jobs.settings.settings import Settings
from jobs.stages.registry import stage_named
from udfs.shards.registry import READERS, AnnotatedReader, reader
from udfs.text.modes import INDEX_OF
from udfs.text.pipelines import pipeline_identity

LOST = "would be lost with the cluster's disk: write"


def check_inputs(settings: Settings, stages: Sequence[str], listings: Listings | None = None) -> Listings:
    """Raise SettingsError for the first missing input of these stages, by name; returns the listings, old and new."""
    listings = listings or Listings()
    wanted = [stage_named(name) for name in stages]
    if any(stage.reads_lists for stage in wanted):
        for source in settings.concepts:
            list_names(source)
    for stage in wanted:
        if stage.check and stage.asked(settings):
            stage.check(settings, listings)
    return listings


def check_corpora(settings: Settings, listings: Listings) -> None:
    """Check that every corpus has shards."""
    for corpus in settings.corpora:
        listings.of(corpus)


def check_pipeline(settings: Settings, listings: Listings) -> None:
    """Check that the pipeline for captions is there, if the match mode needs one."""
    if settings.captions and INDEX_OF[settings.captions.match] != "text":
        with naming("captions.pipeline"):
            pipeline_identity(settings.captions.pipeline)


def check_models(settings: Settings, listings: Listings) -> None:
    """Check that the tagger and the embedder have their weights, and the hashes their library."""
    assert settings.images
    if "look" in settings.images.hashes and find_spec("imagehash") is None:
        raise SettingsError("images.hashes: look needs imagehash, which is not installed: install conceptfreq[images]")
    if settings.images.annotations is not None:
        _check_annotated(settings)
    identities = Identities()
    with naming("images"):
        if settings.images.tagger:
            identities.of("tagger", tagger_config(settings.images))
        if settings.images.embedder:
            identities.of("embedder", embedder_config(settings.images))


def _check_annotated(settings: Settings) -> None:
    """Check that samples of every corpus's format can carry annotations."""
    formats = [name for name in READERS if isinstance(reader(name, {}), AnnotatedReader)]
    for corpus in settings.corpora:
        if corpus.format not in formats:
            raise SettingsError(
                f"images.tagger: kind annotations reads corpora of format {' or '.join(formats)}, and {corpus.name} is "
                f"{corpus.format}: name it in settings of its own"
            )


def check_attributes(settings: Settings, listings: Listings) -> None:
    """Check that the packages that tell attributes are installed."""
    for corpus in settings.corpora:
        attribute_specs(settings, corpus, Identities())


def check_evaluation(settings: Settings, listings: Listings) -> None:
    """Check that every set has shards, and every model its weights."""
    assert settings.evaluate
    for one_set in settings.evaluate.sets:
        listings.of(one_set)
        for model in settings.evaluate.models:
            evaluation_spec(one_set, model, Identities(), settings.captions)


def check_similarity(settings: Settings, listings: Listings) -> None:
    """Check that there are sets whose images can be compared, with their shards, and the embedder with its weights."""
    for one_set in asked_sets(settings):
        listings.of(one_set)
    assert settings.images
    with naming("images"):
        Identities().of("embedder", embedder_config(settings.images))


def asked_sets(settings: Settings) -> list[EvaluationSet]:
    """The sets whose images have classes. Raises SettingsError if there is none, or no embedder."""
    if settings.images is None or settings.images.embedder is None:
        raise SettingsError(
            f"{settings.name}: similarity needs embeddings of the corpus: name a model as `images.embedder`, and run "
            "`conceptfreq images`"
        )
    if not (labelled := labelled_sets(settings)):
        raise SettingsError(f"{settings.name}: similarity needs a classification set among `evaluate.sets`")
    return labelled


def check_tracking(settings: Settings, listings: Listings) -> None:
    """Check that MLflow's store takes runs, and is not the disk of a Databricks driver."""
    refuse_lost_runs(settings)
    check_store(settings)


def refuse_lost_runs(settings: Settings) -> None:
    """Raise SettingsError if MLflow's runs would stay on the disk of a Databricks driver."""
    if on_databricks() and settings.tracking is None:
        where = f"tracking: {{uri: databricks, experiment: /Shared/{settings.name}}}"
        raise SettingsError(f"tracking: MLflow's runs {LOST} {where}")


def check_report(settings: Settings, listings: Listings) -> None:
    """Check that the report does not go to the disk of a Databricks driver."""
    if on_databricks() and settings.report.output is None and not settings.lake.startswith("/"):
        where = "report: {output: /Volumes/CATALOG/SCHEMA/VOLUME/report.html}"
        raise SettingsError(f"report.output: the report {LOST} {where}")
