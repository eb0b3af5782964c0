"""The surroundings of a notebook: parameters, a home that executors see too, and a way to show tables and figures.

On Databricks parameters are widgets, and the home is a schema with a volume. Elsewhere they are environment variables
and a folder, so that the same notebook runs in Jupyter or as a script.
"""

from __future__ import annotations

import builtins
import io
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from jobs.settings.databricks import on_databricks

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

SCHEMA, VOLUME = "conceptfreq_notebook", "files"


@dataclass(frozen=True)
class Home:
    """The places of a notebook's files, of its tables and of its MLflow runs (the keys of the section `tracking`)."""

    folder: str
    lake: str
    tracking: dict[str, str]


@dataclass(frozen=True)
class Notebook:
    """A notebook by its names, as in `Notebook(globals())`: Databricks puts `spark`, `dbutils` and `display` there."""

    names: Mapping[str, Any] = field(repr=False)

    @property
    def spark(self) -> SparkSession | None:
        """The session that the notebook was given, or the active one; None if there is none yet."""
        from pyspark.sql import SparkSession

        return self.names.get("spark") or SparkSession.getActiveSession()

    def parameter(self, name: str, default: str) -> str:
        """A parameter's value: that of its widget, which is made here, or of CONCEPTFREQ_NOTEBOOK_NAME."""
        dbutils = self.names.get("dbutils")
        if dbutils is None:
            return os.environ.get(f"CONCEPTFREQ_NOTEBOOK_{name.upper()}", default)
        dbutils.widgets.text(name, default)
        return str(dbutils.widgets.get(name))

    def home(self, folder: str = "") -> Home:
        """The home in `folder`; if that is empty, one is made: on Databricks in the current catalog, else on this disk.

        Only executors of this machine see a home on its disk: on a cluster, name a folder that all machines see.
        """
        if on_databricks() and self.spark is not None:
            return _home_in_catalog(self.spark, folder)
        folder = folder or tempfile.mkdtemp(prefix="conceptfreq-")
        return Home(folder, f"{folder}/lake", {"uri": f"sqlite:///{folder}/mlflow.db", "experiment": "notebook"})

    def show(self, shown: Any) -> None:
        """Show a pandas DataFrame or a figure as the notebook does; in a script, print it as text."""
        own, jupyters = self.names.get("display"), getattr(builtins, "display", None)
        if own:
            own(shown)
        elif jupyters:
            jupyters(FigureAsPng(shown) if hasattr(shown, "savefig") else shown)
        else:
            print(shown.to_string(index=False) if hasattr(shown, "to_string") else shown)


@dataclass(frozen=True)
class FigureAsPng:
    """A figure that Jupyter shows. By itself it shows only figures of pyplot, which keeps each of them in memory."""

    figure: Any

    def _repr_png_(self) -> bytes:
        buffer = io.BytesIO()
        self.figure.savefig(buffer, format="png")
        return buffer.getvalue()


def _home_in_catalog(spark: SparkSession, folder: str) -> Home:
    catalog, user = spark.sql("SELECT current_catalog(), current_user()").collect()[0]
    lake = f"{catalog}.{SCHEMA}"
    spark.sql(f"CREATE SCHEMA IF NOT EXISTS `{catalog}`.{SCHEMA}")
    if not folder:
        spark.sql(f"CREATE VOLUME IF NOT EXISTS `{catalog}`.{SCHEMA}.{VOLUME}")
        folder = f"/Volumes/{catalog}/{SCHEMA}/{VOLUME}"
    return Home(folder, lake, {"uri": "databricks", "experiment": f"/Users/{user}/conceptfreq"})
