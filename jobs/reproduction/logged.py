"""Logs a reproduction as one MLflow run: parameters, the tables that were read with their Delta versions, and files."""

from __future__ import annotations

import json
import re
from pathlib import Path

from jobs.core.context import release
from jobs.core.mlflow_store import logging_to, tracking_of
from jobs.lake.lake import Lake
from jobs.lake.specs import digest
from jobs.reproduction.fits import PoolFit
from jobs.reproduction.recompute import Reproduction
from jobs.results.fits.tracking import TAG, finished_run, log_input
from jobs.settings.settings import Settings

INPUTS = ("concept_counts", "evaluations")
METRICS = ("r", "r_inner", "r_all")


def log_reproduction(lake: Lake, settings: Settings, found: Reproduction, folder: Path) -> str:
    """Log the run with the files of `folder`; returns its id, or that of a finished run of the same tables.

    Raises NotLogged if MLflow does not take it.
    """
    with logging_to(tracking_of(settings)):
        return _log(lake, settings, found, folder)


def _log(lake: Lake, settings: Settings, found: Reproduction, folder: Path) -> str:
    import mlflow

    inputs = digest([sheet.csv for sheet in found.sheets])[:24]
    if known := finished_run(inputs):
        return known
    with mlflow.start_run(run_name=f"{settings.name} reproduction", tags={TAG: inputs}) as active:
        mlflow.log_params(_parameters(found))
        for name in INPUTS:
            log_input(lake, name)
        mlflow.log_metrics({"fits": len(found.fits.made), "refused": len(found.fits.refused)})
        for fit in found.shown:
            mlflow.log_metrics(_metrics(fit))
        mlflow.log_dict({protocol.name: protocol.model_dump() for protocol in found.protocols}, "protocols.json")
        mlflow.log_artifacts(str(folder))
        return str(active.info.run_id)


def _parameters(found: Reproduction) -> dict[str, str]:
    binned = {
        f"bins.{protocol.name}": json.dumps(protocol.bins.model_dump(), sort_keys=True) for protocol in found.protocols
    }
    return {
        "release": release(),
        "protocols": ",".join(protocol.name for protocol in found.protocols),
        "text_method": found.pools.text_method,
        "threshold": f"{found.pools.threshold:g}",
        **binned,
    }


def _metrics(fit: PoolFit) -> dict[str, float]:
    key = fit.pool.key
    name = ".".join(re.sub(r"[^\w-]", "_", part) for part in (key.search.corpus, key.search.name, key.model))
    values = {metric: getattr(fit.law, metric) for metric in METRICS}
    values |= fit.pooled.columns
    return {f"{name}.{metric}": value for metric, value in values.items() if value is not None}
