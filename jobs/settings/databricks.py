"""The peculiarities of Databricks: a driver's disk ends with its cluster; an experiment is a path of the workspace."""

from __future__ import annotations

import os

# Databricks sets this variable in every process, also on serverless compute.
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
