"""What a notebook asks of its surroundings: its parameters, and a home that the executors see too.

On Databricks parameters are widgets, and the home is a schema with a volume; elsewhere they are environment variables
and a folder, so that the same notebook runs without a workspace.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from jobs.settings.databricks import on_databricks

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

SCHEMA, VOLUME = "conceptfreq_notebook", "files"


@dataclass(frozen=True)
class Home:
    """Where a notebook's files and tables lie, and where MLflow keeps its runs (the keys of the section `tracking`)."""

    folder: str
    lake: str
    tracking: dict[str, str]


def parameters(dbutils: Any = None) -> Callable[[str, str], str]:
    """A function that takes a parameter's name and default and gives its value.

    `dbutils`: that of the notebook, which shows a widget for each; None: CONCEPTFREQ_NOTEBOOK_NAME of the environment.
    """

    def widget(name: str, default: str) -> str:
        dbutils.widgets.text(name, default)
        return str(dbutils.widgets.get(name))

    def variable(name: str, default: str) -> str:
        return os.environ.get(f"CONCEPTFREQ_NOTEBOOK_{name.upper()}", default)

    return variable if dbutils is None else widget


def find_home(spark: SparkSession, folder: str) -> Home:
    """The home in `folder`; if that is empty, one is made: on Databricks in the current catalog, else on this disk.

    What is made on this disk is seen by executors of this machine alone: on a cluster, name a folder that all see.
    """
    if not on_databricks():
        folder = folder or tempfile.mkdtemp(prefix="conceptfreq-")
        return Home(folder, f"{folder}/lake", {"uri": f"sqlite:///{folder}/mlflow.db", "experiment": "notebook"})
    catalog, user = spark.sql("SELECT current_catalog(), current_user()").collect()[0]
    lake = f"{catalog}.{SCHEMA}"
    spark.sql(f"CREATE SCHEMA IF NOT EXISTS `{catalog}`.{SCHEMA}")
    if not folder:
        spark.sql(f"CREATE VOLUME IF NOT EXISTS `{catalog}`.{SCHEMA}.{VOLUME}")
        folder = f"/Volumes/{catalog}/{SCHEMA}/{VOLUME}"
    return Home(folder, lake, {"uri": "databricks", "experiment": f"/Users/{user}/conceptfreq"})
