"""MLflow: one run per batch of fits, with everything needed to see what was fitted to what."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from jobs.core.context import Context, release
from jobs.core.mlflow_store import logging_to, tracking_of
from jobs.core.stage_specs import search_specs
from jobs.figures.one_law import law_figure
from jobs.lake.lake import Lake
from jobs.lake.specs import Spec, digest
from jobs.results.fits.compared_forms import forms_of
from jobs.results.fits.fit_inputs import task_of, under_first_protocol
from jobs.results.fits.fitted import FitInput, Fitted
from jobs.results.fits.joint_searches import joint_of_pairs
from jobs.results.fits.stored_fits import inputs_digest
from jobs.results.fits.tracked_models import dotted, find_or_log_models, log_scores
from jobs.settings.protocols import load_protocols

if TYPE_CHECKING:
    from mlflow.data.delta_dataset_source import DeltaDatasetSource

INPUTS = ("concept_counts", "evaluations")
METRICS = ("r", "p", "r_inner", "r_all", "intercept")
OF_FORMS = ("aicc", "weight", "off_concepts", "off_sets", "p_of_change", "knot", "knot_low", "knot_high")
OF_JOINT = (
    "given_other", "given_other_low", "given_other_high", "partial_r2", "instrumented", "instrumented_low",
    "instrumented_high", "first_stage",
)  # fmt: skip
TAG = "conceptfreq.inputs"


def log_batch(context: Context, corpus: str, fits: Sequence[Fitted]) -> str:
    """Log a corpus's fits as one run and return its id; a finished run of the same inputs is found again.

    Raises NotLogged if MLflow does not take it.
    """
    with logging_to(tracking_of(context.settings)):
        return _log_batch(context, corpus, fits)


def _log_batch(context: Context, corpus: str, fits: Sequence[Fitted]) -> str:
    import mlflow

    inputs = digest([inputs_digest(fit.item) for fit in fits])[:24]
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
        mlflow.log_metrics({**_of_forms(items), **_of_two_searches(items)})
        mlflow.log_text(_concepts(fits), "concepts.csv")
        mlflow.log_dict({spec.id: spec.body for spec in specs.values()}, "specs.json")
        return str(active.info.run_id)


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

    key = _key(fit.item)
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


def _of_forms(items: Sequence[FitInput]) -> dict[str, float]:
    """Metrics of each form, as in `text.tiny.ensemble.accuracy.paper.hinge.weight`; none of fits without forms."""
    rows = [(_key(one.item), row) for one in forms_of(items) for row in one.rows]
    return _known({f"{key}.{row['form']}.{name}": row[name] for key, row in rows for name in OF_FORMS})


def _of_two_searches(items: Sequence[FitInput]) -> dict[str, float]:
    """Metrics of a text and an image search at once, under the key of the fit by image search."""
    rows = [(_key(one.item), row) for one in joint_of_pairs(items) for row in one.rows]
    return _known({f"{key}.joint.{row['of']}.{name}": row[name] for key, row in rows for name in OF_JOINT})


def _known(metrics: Mapping[str, Any]) -> dict[str, float]:
    return {name: value for name, value in metrics.items() if value is not None}


def _key(item: FitInput) -> str:
    """A name that MLflow takes for metrics and files, as in `text.tiny.ensemble.accuracy.paper`; some lack a prompt."""
    search = item.search if item.threshold is None else f"{item.search}-{item.threshold:g}"
    return dotted(search, item.model, item.prompt, item.metric, item.protocol.name)


def _concepts(fits: Sequence[Fitted]) -> str:
    """The per-concept table of all fits as CSV."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("search", "threshold", "model", "prompt", "metric", "concept", "frequency", "score"))
    for item in under_first_protocol([fit.item for fit in fits]):
        for row in zip(item.names, item.frequency, item.score, strict=True):
            writer.writerow((item.search, item.threshold, item.model, item.prompt, item.metric, *row))
    return text.getvalue()
