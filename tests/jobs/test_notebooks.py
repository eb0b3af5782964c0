"""A notebook's parameters: widgets where there are some, else the environment; and its home."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from databricks.sdk._widgets.default_widgets_utils import DefaultValueOnlyWidgetUtils

from jobs.notebooks import find_home, parameters


def test_without_a_workspace_the_environment_has_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONCEPTFREQ_NOTEBOOK_STEPS", "150")
    parameter = parameters(None)
    assert (parameter("steps", "900"), parameter("folder", "")) == ("150", "")


def test_widgets_are_made_and_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    # Databricks' own widgets, as its SDK has them outside a workspace.
    dbutils = SimpleNamespace(widgets=DefaultValueOnlyWidgetUtils())
    monkeypatch.setenv("CONCEPTFREQ_NOTEBOOK_STEPS", "150")
    assert parameters(dbutils)("steps", "900") == "900"
    assert dbutils.widgets.get("steps") == "900"


def test_a_named_folder_is_the_home(spark: Any, tmp_path: Path) -> None:
    home = find_home(spark, str(tmp_path))
    assert (home.folder, home.lake) == (str(tmp_path), f"{tmp_path}/lake")
    assert home.tracking == {"uri": f"sqlite:///{tmp_path}/mlflow.db", "experiment": "notebook"}


def test_a_home_is_made(spark: Any) -> None:
    assert Path(find_home(spark, "").folder).is_dir()
