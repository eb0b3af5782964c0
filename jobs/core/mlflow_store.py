"""MLflow's store of runs. It is checked before anything is computed, so that a bad store does not fail at the end."""

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

# MLflow's defaults are 7 retries of 120 s: with them the wait for a server that did not answer took 4 min 56 s.
PATIENCE = {"MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1", "MLFLOW_HTTP_REQUEST_TIMEOUT": "10"}
SQLITE = "sqlite:///"


class _Experiment(NamedTuple):
    id: str
    stage: str


class NotLogged(ConceptfreqError):
    """MLflow did not take a run. The results are kept, and the next run of the same command logs them."""


def tracking_of(settings: Settings) -> Tracking:
    """The place of the runs: from the settings, else a database beside the lake."""
    if settings.tracking:
        return settings.tracking
    folder = parse(settings.lake).folder
    home = folder.parent if folder else Path("build").absolute() / settings.name
    return Tracking(uri=f"{SQLITE}{home}/mlflow.db", experiment=settings.name)


def check_store(settings: Settings) -> None:
    """Raise SettingsError if runs could not be logged now; nothing is created."""
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
    # Any error of any kind of store (from MLflow, a database, a file system) is about the store.
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
    """Log to this store and experiment while the context is open. Raises NotLogged with the reason if that fails."""
    try:
        with _little_patience():
            _choose_experiment(tracking)
            yield
    # As above; artifact stores have errors of their own too.
    except Exception as error:
        raise NotLogged(
            f"MLflow at {shown(tracking.uri)} took no run ({_said(error)}): the results are kept; "
            "start the same command again once it answers, to log the run"
        ) from error


def where_to_look(settings: Settings) -> str:
    """The command that shows the runs, or the address of the server that does."""
    tracking = tracking_of(settings)
    if _database(tracking) is None:
        return f"{shown(tracking.uri)}, experiment {tracking.experiment}"
    return f"mlflow ui --backend-store-uri {tracking.uri}"


def _choose_experiment(tracking: Tracking) -> None:
    """Set store and experiment; the artifacts of a database file lie beside it, not in the working directory."""
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
    """The experiment from the database's own table: importing MLflow takes four seconds, and most runs do without."""
    with closing(sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True)) as connection:
        if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'experiments'").fetchone():
            return None
        query = "SELECT experiment_id, lifecycle_stage FROM experiments WHERE name = ?"
        row = connection.execute(query, (name,)).fetchone()
    return _Experiment(str(row[0]), row[1]) if row else None


@contextmanager
def _little_patience() -> Iterator[None]:
    """Limit how often and how long MLflow asks a server, unless the user's environment sets that."""
    own = {name: value for name, value in PATIENCE.items() if name not in os.environ}
    os.environ.update(own)
    try:
        yield
    finally:
        for name in own:
            os.environ.pop(name, None)


def _database(tracking: Tracking) -> Path | None:
    """The path of the database, if it is a file; else None."""
    return Path(tracking.uri.removeprefix(SQLITE)).absolute() if tracking.uri.startswith(SQLITE) else None


def shown(uri: str) -> str:
    """`uri` without a password."""
    password = urlsplit(uri).password
    return uri.replace(f":{password}@", ":...@") if password else uri


def _said(error: Exception) -> str:
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return lines[0][:300].rstrip(" .")
