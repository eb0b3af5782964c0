"""MLflow: one run per batch of fits, with everything needed to see what was fitted to what."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

from jobs.core.context import Context, release
from jobs.core.mlflow_store import logging_to, tracking_of
from jobs.core.stage_specs import search_specs
from jobs.figures.one_law import law_figure
from jobs.figures.similarity import similarity_figure
from jobs.lake.lake import Lake
from jobs.lake.specs import Spec, digest
from jobs.results.fits.beside_similarity import fits_beside_similarity
from jobs.results.fits.fit_inputs import task_of, under_first_protocol
from jobs.results.fits.fitted import FitInput, Fitted
from jobs.results.fits.similarities import TABLE, Similarities, stored_similarities
from jobs.results.fits.stored_fits import inputs_digest
from jobs.results.fits.tracked_metrics import beside_laws, fit_name, of_similarity
from jobs.results.fits.tracked_models import find_or_log_models, log_scores
from jobs.settings.protocols import load_protocols

if TYPE_CHECKING:
    from mlflow.data.delta_dataset_source import DeltaDatasetSource

INPUTS = ("concept_counts", "evaluations")
METRICS = ("r", "p", "r_inner", "r_all", "intercept")
TAG = "conceptfreq.inputs"


def log_batch(context: Context, corpus: str, fits: Sequence[Fitted]) -> str:
    """Log a corpus's fits as one run and return its id; a finished run of the same inputs is found again.

    Raises NotLogged if MLflow does not take it.
    """
    with logging_to(tracking_of(context.settings)):
        return _log_batch(context, corpus, fits)


def _log_batch(context: Context, corpus: str, fits: Sequence[Fitted]) -> str:
    import mlflow

    similarities = stored_similarities(context, context.settings.corpus(corpus))
    inputs = _digest(fits, similarities)
    if known := finished_run(inputs):
        return known
    specs = search_specs(context.settings, context.settings.corpus(corpus), context.identities)
    tags = {TAG: inputs, **_tags(corpus, specs)}
    with mlflow.start_run(run_name=f"{context.settings.name} {corpus}", tags=tags) as active:
        mlflow.log_params(_parameters(context, corpus, fits))
        for name in INPUTS:
            log_input(context.lake, name)
        items = under_first_protocol([fit.item for fit in fits])
        models = find_or_log_models(context, active.info.run_id, items)
        log_scores(context, models, _source(context.lake, "evaluations"))
        for fit in fits:
            _log_fit(fit, models.get(fit.item.model))
        mlflow.log_metrics(beside_laws(context, corpus, items))
        _log_similarity(context, items, similarities)
        mlflow.log_text(_concepts(fits), "concepts.csv")
        mlflow.log_dict({spec.id: spec.body for spec in specs.values()}, "specs.json")
        return str(active.info.run_id)


def _digest(fits: Sequence[Fitted], similarities: Similarities) -> str:
    """A digest of all that a run is about; without similarities it is that of earlier releases."""
    beside = [] if similarities.digest is None else [similarities.digest]
    return digest([*(inputs_digest(fit.item) for fit in fits), *beside])[:24]


def finished_run(inputs: str) -> str | None:
    """The id of a finished run of the active experiment whose `TAG` is this digest, if there is one."""
    import mlflow

    known = mlflow.search_runs(filter_string=f"tags.`{TAG}` = '{inputs}' AND status = 'FINISHED'", output_format="list")
    return str(known[0].info.run_id) if known else None


def _tags(corpus: str, specs: Mapping[str, Spec]) -> dict[str, str]:
    """What runs are searched by: `conceptfreq.corpus`, `conceptfreq.release`, and `conceptfreq.spec.text` and so on."""
    named = {"corpus": corpus, "release": release(), **{f"spec.{name}": spec.id for name, spec in specs.items()}}
    return {f"conceptfreq.{name}": value for name, value in named.items()}


def _parameters(context: Context, corpus: str, fits: Sequence[Fitted]) -> dict[str, str]:
    settings = context.settings
    assert settings.fit is not None
    lower = sorted({fit.item.metric for fit in fits if not fit.item.higher_is_better})
    specs = search_specs(settings, settings.corpus(corpus), context.identities)
    return {
        "corpus": corpus,
        "sets": ",".join(sorted({name for fit in fits for name in fit.item.sets})),
        **({"lower_is_better": ",".join(lower)} if lower else {}),
        "release": release(),
        **{
            f"fit.protocol.{protocol.name}{'' if task == 'classification' else f'.{task}'}": str(
                asdict(protocol.binning(task, corpus))
            )
            for protocol in load_protocols(settings.fit.protocols)
            for task in sorted({task_of(fit.item.metric) for fit in fits})
        },
        **{f"spec.{name}": spec.id for name, spec in specs.items()},
    }


def log_input(lake: Lake, name: str) -> None:
    """Log a table as the active run's input dataset, with its Delta version."""
    import mlflow
    from mlflow.data.meta_dataset import MetaDataset

    # MLflow names a source in this way without reading it, though the base class calls it abstract.
    dataset = MetaDataset(_source(lake, name), name=name)  # type: ignore[abstract]
    mlflow.log_input(dataset, context=f"version {lake.version(name)}")


def _source(lake: Lake, name: str) -> DeltaDatasetSource:
    """A table at its present Delta version, as MLflow names it."""
    from mlflow.data.delta_dataset_source import DeltaDatasetSource

    version = lake.version(name)
    if lake.at.is_catalog:
        return DeltaDatasetSource(delta_table_name=lake.at.sql(name), delta_table_version=version)
    path = str(lake.at.folder / name) if lake.at.folder else lake.at.spark(name)
    return DeltaDatasetSource(path=path, delta_table_version=version)


def _log_fit(fit: Fitted, model: str | None) -> None:
    """Log a fit's numbers, also as metrics of MLflow's model with this id, and its figure."""
    import mlflow

    key = fit_name(fit.item)
    leading = fit.pooled.leading
    found: dict[str, float | None] = {
        "slope": leading.value,
        "slope.low": leading.low,
        "slope.high": leading.high,
        **{metric: getattr(fit.law, metric) for metric in METRICS},
        **fit.pooled.columns,
    }
    found |= {"concepts": fit.law.concepts, "bins": fit.law.bins}
    metrics = {f"{key}.{metric}": value for metric, value in found.items() if value is not None}
    mlflow.log_metrics(metrics, model_id=model)
    item = fit.item
    figure = law_figure(item.names, item.frequency, item.score, fit.law, fit.pooled, item.title, item.metric_title)
    mlflow.log_figure(figure, f"figures/{key}.png")


def _log_similarity(context: Context, items: Sequence[FitInput], similarities: Similarities) -> None:
    """Log the numbers and a figure of each fit beside the similarity of its test images, if they are compared."""
    import mlflow

    found = list(fits_beside_similarity(context, items, similarities, {}))
    if not found:
        return
    log_input(context.lake, TABLE)
    mlflow.log_metrics(of_similarity(found))
    for one in found:
        item = one.item
        figure = similarity_figure(
            item.frequency, one.means, item.score, one.found, one.image_bands, item.title, item.metric_title,
            item.protocol.zero_becomes,
        )  # fmt: skip
        mlflow.log_figure(figure, f"figures/{fit_name(item)}.similarity.png")


def _concepts(fits: Sequence[Fitted]) -> str:
    """The per-concept table of all fits as CSV."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("search", "threshold", "model", "prompt", "metric", "concept", "frequency", "score"))
    for item in under_first_protocol([fit.item for fit in fits]):
        for row in zip(item.names, item.frequency, item.score, strict=True):
            writer.writerow((item.search, item.threshold, item.model, item.prompt, item.metric, *row))
    return text.getvalue()
