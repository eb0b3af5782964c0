"""What is different on Databricks: a driver's disk ends with its cluster, an experiment is a path of the workspace."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

from jobs.core.errors import SettingsError

if TYPE_CHECKING:
    from jobs.core.settings import Settings

# Databricks sets it in whatever it runs, serverless too.
RUNTIME = "DATABRICKS_RUNTIME_VERSION"


def on_databricks() -> bool:
    """Whether this process is a notebook or task of Databricks."""
    return RUNTIME in os.environ


def refuse_relative_experiment(uri: str, experiment: str) -> None:
    """Raise ValueError for an experiment that MLflow on Databricks does not take: a name that is no absolute path."""
    if uri.partition(":")[0] in ("databricks", "databricks-uc") and not experiment.startswith("/"):
        raise ValueError(
            f"on Databricks an experiment is an absolute path of the workspace, not '{experiment}': "
            f"write /Shared/{experiment}, or /Users/NAME@COMPANY/{experiment}"
        )


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
