"""On Databricks nothing is left on a driver's disk; an experiment that is no path is refused before Spark starts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import tiny

from jobs.errors import SettingsError
from jobs.settings.databricks import RUNTIME
from jobs.settings.loading import load_settings
from jobs.settings.settings import Settings
from jobs.stages.inputs import check_inputs, refuse_lost_runs


@pytest.fixture
def databricks(monkeypatch: pytest.MonkeyPatch) -> None:
    """As Databricks sets it."""
    monkeypatch.setenv(RUNTIME, "17.3")


def settings(folder: Path, **changes: Any) -> Settings:
    return Settings.model_validate(tiny.settings_dict(folder, lake="main.conceptfreq", fit={}, **changes))


@pytest.mark.parametrize("uri", ["databricks", "databricks://profile", "databricks-uc"])
def test_a_relative_experiment_is_refused_with_what_to_write(tmp_path: Path, uri: str) -> None:
    path = tiny.write_settings(tmp_path, tracking={"uri": uri, "experiment": "flickr"})
    with pytest.raises(SettingsError, match="write /Shared/flickr, or /Users/NAME@COMPANY/flickr"):
        load_settings(str(path))
    assert load_settings(str(path), ["tracking.experiment=/Shared/flickr"]).tracking


def test_elsewhere_an_experiment_is_a_name(tmp_path: Path) -> None:
    path = tiny.write_settings(tmp_path, tracking={"uri": "http://databricks.example", "experiment": "flickr"})
    assert load_settings(str(path)).tracking


def test_runs_of_mlflow_have_a_home(tmp_path: Path, databricks: None) -> None:
    with pytest.raises(SettingsError, match=r"write tracking: \{uri: databricks, experiment: /Shared/tiny\}"):
        check_inputs(settings(tmp_path), ["fit"])
    tracking = {"uri": "databricks", "experiment": "/Shared/tiny"}
    # Whether the workspace answers is asked elsewhere (jobs.core.mlflow_store).
    refuse_lost_runs(settings(tmp_path, tracking=tracking))


def test_the_report_has_a_home(tmp_path: Path, databricks: None) -> None:
    with pytest.raises(SettingsError, match=r"write report: \{output: /Volumes/"):
        check_inputs(settings(tmp_path), ["report"])
    check_inputs(settings(tmp_path, report={"output": "/Volumes/main/conceptfreq/files/report.html"}), ["report"])


def test_elsewhere_nothing_is_asked(tmp_path: Path) -> None:
    check_inputs(settings(tmp_path), ["fit", "report"])
