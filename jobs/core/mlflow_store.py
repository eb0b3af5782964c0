"""Where MLflow keeps runs, looked at before anything is computed: a store that fails must not be met at the end."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from jobs.errors import ConceptfreqError, SettingsError
from jobs.lake.location import parse
from jobs.settings.law import Tracking
from jobs.settings.settings import Settings

# MLflow's own are 7 retries of 120 s: a server that does not answer was waited for 4 min 56 s.
PATIENCE = {"MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1", "MLFLOW_HTTP_REQUEST_TIMEOUT": "10"}
SQLITE = "sqlite:///"


class _Experiment(NamedTuple):
    id: str
    stage: str


class NotLogged(ConceptfreqError):
    """MLflow did not take a run. What was computed is kept, and logged by the next run of the same command."""


def tracking_of(settings: Settings) -> Tracking:
    """Where runs go: as the settings say, else a database beside the lake."""
    if settings.tracking:
        return settings.tracking
    folder = parse(settings.lake).folder
    home = folder.parent if folder else Path("build").absolute() / settings.name
    return Tracking(uri=f"{SQLITE}{home}/mlflow.db", experiment=settings.name)


def check_store(settings: Settings) -> None:
    """Raise SettingsError where runs could not be logged now; nothing is created."""
    tracking = tracking_of(settings)
    database = _database(tracking)
    if database is not None and not database.exists():
        there = next(folder for folder in database.parents if folder.exists())
        if not (there.is_dir() and os.access(there, os.W_OK)):
            raise SettingsError(f"tracking.uri {tracking.uri}: no database can be made in {there}: name another place")
        return
    try:
        experiment = _experiment(tracking) if database is None else _experiment_in(database, tracking.experiment)
    except ImportError:
        raise SettingsError(
            "fits are logged in MLflow, which is not installed: install conceptfreq[tracking]"
        ) from None
    # Whatever a store of any kind raises (of MLflow, a database, a file system) is about the store.
    except Exception as error:
        raise SettingsError(
            f"tracking.uri {shown(tracking.uri)}: MLflow cannot use it: {_said(error)}; "
            f"name a server that answers or a database, as in {SQLITE}PATH/mlflow.db"
        ) from None
    if experiment is not None and experiment.stage == "deleted":
        raise SettingsError(
            f"tracking.experiment {tracking.experiment}: it was deleted; name another one, or bring it back: "
            f"MLFLOW_TRACKING_URI={shown(tracking.uri)} mlflow experiments restore -x {experiment.id}"
        )


@contextmanager
def logging_to(tracking: Tracking) -> Iterator[None]:
    """Log to this store and experiment while the context is open; NotLogged says what went wrong there."""
    try:
        with _little_patience():
            _choose_experiment(tracking)
            yield
    # As above; artifact stores have errors of their own too.
    except Exception as error:
        raise NotLogged(
            f"MLflow at {shown(tracking.uri)} took no run ({_said(error)}): what was computed is kept; "
            "start the same command again once it answers, and the run is logged"
        ) from error


def _choose_experiment(tracking: Tracking) -> None:
    """Set store and experiment; artifacts of a database in a file lie beside it, not in the working directory."""
    import mlflow

    mlflow.set_tracking_uri(tracking.uri)
    if mlflow.get_experiment_by_name(tracking.experiment) is None:
        database, location = _database(tracking), None
        if database is not None:
            database.parent.mkdir(parents=True, exist_ok=True)
            location = (database.parent / "mlartifacts").as_uri()
        mlflow.create_experiment(tracking.experiment, artifact_location=location)
    mlflow.set_experiment(tracking.experiment)


def _experiment(tracking: Tracking) -> _Experiment | None:
    from mlflow import MlflowClient

    with _little_patience():
        found = MlflowClient(tracking_uri=tracking.uri).get_experiment_by_name(tracking.experiment)
    return _Experiment(found.experiment_id, found.lifecycle_stage) if found else None


def _experiment_in(database: Path, name: str) -> _Experiment | None:
    """The same from MLflow's table: importing MLflow takes four seconds, which most runs have no other need for."""
    with closing(sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True)) as connection:
        if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'experiments'").fetchone():
            return None
        query = "SELECT experiment_id, lifecycle_stage FROM experiments WHERE name = ?"
        row = connection.execute(query, (name,)).fetchone()
    return _Experiment(str(row[0]), row[1]) if row else None


@contextmanager
def _little_patience() -> Iterator[None]:
    """MLflow asks a server only so often and so long, unless the user's environment says how."""
    own = {name: value for name, value in PATIENCE.items() if name not in os.environ}
    os.environ.update(own)
    try:
        yield
    finally:
        for name in own:
            os.environ.pop(name, None)


def _database(tracking: Tracking) -> Path | None:
    """The file of a database in a file."""
    return Path(tracking.uri.removeprefix(SQLITE)).absolute() if tracking.uri.startswith(SQLITE) else None


def shown(uri: str) -> str:
    """`uri` without a password."""
    password = urlsplit(uri).password
    return uri.replace(f":{password}@", ":...@") if password else uri


def _said(error: Exception) -> str:
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return lines[0][:300].rstrip(" .")
