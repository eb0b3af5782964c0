"""The peculiarities of Databricks: a driver's disk ends with its cluster; an experiment is a path of the workspace.

A Databricks App is a program in a container without Java, which the platform's proxy asks at a port of its choice, once
somebody has signed in.
"""

from __future__ import annotations

import os
from typing import Final

from jobs.errors import SettingsError

# Databricks sets this variable in every process, also on serverless compute.
RUNTIME = "DATABRICKS_RUNTIME_VERSION"
# Set in every app: its name, and the port to listen on.
APP_NAME: Final = "DATABRICKS_APP_NAME"
APP_PORT: Final = "DATABRICKS_APP_PORT"
# The header in which the proxy before an app names who has signed in.
SIGNED_IN: Final = "X-Forwarded-User"


def on_databricks() -> bool:
    """Whether this process is a notebook or task of Databricks."""
    return RUNTIME in os.environ


def in_app() -> bool:
    """Whether this process is a Databricks App."""
    return APP_NAME in os.environ


def app_port() -> int:
    """The port that the proxy before this app asks. Raises SettingsError if this process is no app."""
    given = os.environ.get(APP_PORT, "")
    if not in_app() or not given.isdecimal() or not 0 < int(given) < 65536:
        raise SettingsError(
            f"this is no Databricks App: one has its name in {APP_NAME} and its port in {APP_PORT}. Elsewhere nobody"
            " signs in before the explorer is asked: leave out --behind, and open the link with its token"
        )
    return int(given)


def refuse_relative_experiment(uri: str, experiment: str) -> None:
    """Raise ValueError for an experiment that MLflow on Databricks does not take: a name that is no absolute path."""
    if uri.partition(":")[0] in ("databricks", "databricks-uc") and not experiment.startswith("/"):
        raise ValueError(
            f"on Databricks an experiment is an absolute path of the workspace, not '{experiment}': "
            f"write /Shared/{experiment}, or /Users/NAME@COMPANY/{experiment}"
        )
