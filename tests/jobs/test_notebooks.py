"""What a notebook has around it: its parameters, its home, and what shows its tables and figures."""

from __future__ import annotations

import builtins
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest
from databricks.sdk._widgets.default_widgets_utils import DefaultValueOnlyWidgetUtils
from matplotlib.figure import Figure

from jobs import Notebook

TABLE = pd.DataFrame({"concept": ["dog"], "frequency": [3]})


def test_without_a_workspace_the_environment_has_the_parameters(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONCEPTFREQ_NOTEBOOK_STEPS", "150")
    notebook = Notebook({})
    assert (notebook.parameter("steps", "900"), notebook.parameter("folder", "")) == ("150", "")


def test_widgets_are_made_and_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    # Databricks' own widgets, as its SDK has them outside a workspace.
    dbutils = SimpleNamespace(widgets=DefaultValueOnlyWidgetUtils())
    monkeypatch.setenv("CONCEPTFREQ_NOTEBOOK_STEPS", "150")
    assert Notebook({"dbutils": dbutils}).parameter("steps", "900") == "900"
    assert dbutils.widgets.get("steps") == "900"


def test_a_named_folder_is_the_home(tmp_path: Path) -> None:
    home = Notebook({}).home(str(tmp_path))
    assert (home.folder, home.lake) == (str(tmp_path), f"{tmp_path}/lake")
    assert home.tracking == {"uri": f"sqlite:///{tmp_path}/mlflow.db", "experiment": "notebook"}


def test_a_home_is_made() -> None:
    assert Path(Notebook({}).home().folder).is_dir()


def test_a_script_prints_tables(capsys: pytest.CaptureFixture[str]) -> None:
    Notebook({}).show(TABLE)
    assert capsys.readouterr().out.split() == ["concept", "frequency", "dog", "3"]


def test_databricks_is_given_tables_and_figures_as_they_are(capsys: pytest.CaptureFixture[str]) -> None:
    shown: list[Any] = []
    figure = Figure()
    for one in (TABLE, figure):
        Notebook({"display": shown.append}).show(one)
    assert shown[0] is TABLE and shown[1] is figure and not capsys.readouterr().out


def test_jupyter_is_given_figures_as_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[Any] = []
    monkeypatch.setattr(builtins, "display", shown.append, raising=False)
    for one in (TABLE, Figure()):
        Notebook({}).show(one)
    assert shown[0] is TABLE and shown[1]._repr_png_().startswith(b"\x89PNG")
