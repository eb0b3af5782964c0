"""MLflow's models: one for each evaluated checkpoint, found again by every later run that fits its scores.

A checkpoint is known by its name and by its weights. A model whose scores were imported is known by its name alone.
"""

from __future__ import annotations

import logging
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from statistics import mean
from typing import TYPE_CHECKING

from jobs.core.context import Context
from jobs.core.sections import clip_config
from jobs.lake.specs import digest
from jobs.results.fits.fitted import FitInput
from jobs.results.fits.scores import read_scores, whole_set_scores
from udfs.shards.schemes import shown

if TYPE_CHECKING:
    from mlflow.data.dataset_source import DatasetSource

log = logging.getLogger(__name__)

CHECKPOINT = "conceptfreq.checkpoint"
# As MLflow's interface groups models.
TYPE = "evaluated checkpoint"


def find_or_log_models(context: Context, run: str, items: Sequence[FitInput]) -> dict[str, str]:
    """The ids of MLflow's models by the names of the fits' models. A new one belongs to this run.

    Empty if the store keeps no models: servers before MLflow 3 do not.
    """
    import mlflow
    from mlflow.exceptions import MlflowException

    known: dict[str, str] = {}
    for model, params in _checkpoints(context, items).items():
        checkpoint = digest([model, params])[:24]
        try:
            found = mlflow.search_logged_models(
                filter_string=f"tags.`{CHECKPOINT}` = '{checkpoint}'", output_format="list"
            )
            known[model] = found[0].model_id if found else _log_model(model, checkpoint, params, run)
        except MlflowException as error:
            log.info("MLflow keeps no models here, so metrics belong to the run alone: %s", str(error).splitlines()[0])
            return {}
    return known


def log_scores(context: Context, models: Mapping[str, str], source: DatasetSource) -> None:
    """Log metrics of each model on each set: the mean score over its concepts, and what was measured over all of it.

    source: where the scores come from.
    """
    import mlflow
    from mlflow.data.meta_dataset import MetaDataset

    found: dict[tuple[str, str], dict[str, float]] = defaultdict(dict)
    for (model, prompt, metric), scores in read_scores(context).items():
        for one_set in sorted({score.set for score in scores}):
            value = mean(score.value for score in scores if score.set == one_set)
            found[model, one_set][dotted("mean", metric, prompt)] = value
    for score in whole_set_scores(context):
        found[score.model, score.set][dotted(score.metric, score.prompt)] = score.value
    for (model, one_set), metrics in found.items():
        if model in models:
            # MLflow names a source in this way without reading it, though the base class calls it abstract.
            dataset = MetaDataset(source, name=one_set)  # type: ignore[abstract]
            mlflow.log_metrics(metrics, model_id=models[model], dataset=dataset)


def dotted(*parts: str | None) -> str:
    """Parts of a name, joined by dots, with only the letters that MLflow takes for metrics, files and models."""
    return ".".join(re.sub(r"[^\w-]", "_", part) for part in parts if part)


def _checkpoints(context: Context, items: Sequence[FitInput]) -> dict[str, dict[str, str]]:
    """What is known of each model of the fits, by its name."""
    evaluate = context.settings.evaluate
    known = {model.name: model for model in (evaluate.models if evaluate else ())}
    found = {}
    for name in dict.fromkeys(item.model for item in items):
        model = known.get(name)
        identity = context.identities.of("evaluated", clip_config(model)) if model else {"scores": "imported"}
        found[name] = {key: shown(str(value)) for key, value in identity.items()}
    return found


def _log_model(model: str, checkpoint: str, params: Mapping[str, str], run: str) -> str:
    """Log a model that lies elsewhere; returns its id."""
    # mlflow.create_external_model would import Spark Connect. Without grpc that ends a process that has no main file,
    # such as `python -c` and some notebooks.
    from mlflow import MlflowClient
    from mlflow.entities import LoggedModelStatus

    client = MlflowClient()
    experiment = client.get_run(run).info.experiment_id
    tags = {CHECKPOINT: checkpoint}
    made = client.create_logged_model(experiment, dotted(model), run, tags, dict(params), TYPE)
    client.finalize_logged_model(made.model_id, LoggedModelStatus.READY)
    return str(made.model_id)
