"""MLflow's store is looked at before anything is computed, and what is wrong with it is said in seconds."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

import pytest
import tiny
from entry_scripts import LOOPBACK, entry_process, fetch, free_port, stop_group, wait_for

from jobs.cli import main
from jobs.core.mlflow_store import NotLogged, check_store, logging_to, tracking_of
from jobs.errors import SettingsError
from jobs.settings.settings import Settings


def tracked(folder: Path, uri: str) -> Settings:
    return Settings.model_validate(tiny.settings_dict(folder, tracking={"uri": uri, "experiment": "laws"}))


@pytest.fixture
def port() -> Any:
    """A port on which somebody listens who never answers."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        yield server.getsockname()[1]


def test_a_port_on_which_nobody_listens(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        uri = f"http://user:secret@127.0.0.1:{free.getsockname()[1]}"
    settings = tiny.write_settings(tmp_path, tracking={"uri": uri, "experiment": "laws"})
    assert main(["reproduce", str(settings)]) == 2
    assert "MLflow cannot use it: API request to" in caplog.text and "name a server that answers" in caplog.text
    assert "tracking.uri http://user:...@127.0.0.1" in caplog.text


def test_a_server_that_never_answers(tmp_path: Path, port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_TIMEOUT", "1")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    with pytest.raises(SettingsError, match=r"127\.0\.0\.1.*[Tt]imed? ?out"):
        check_store(tracked(tmp_path, f"http://127.0.0.1:{port}"))


def test_a_store_in_files(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"filesystem tracking backend .* as in sqlite:///PATH/mlflow.db"):
        check_store(tracked(tmp_path, str(tmp_path / "mlruns")))
    assert not (tmp_path / "mlruns").exists()


def test_a_database_that_is_not_there_yet_is_not_made(tmp_path: Path) -> None:
    check_store(tracked(tmp_path, f"sqlite:///{tmp_path}/a/b/mlflow.db"))
    assert not (tmp_path / "a").exists()
    (tmp_path / "file").touch()
    with pytest.raises(SettingsError, match="no database can be made in .*file"):
        check_store(tracked(tmp_path, f"sqlite:///{tmp_path}/file/mlflow.db"))


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    (tmp_path / "mlflow.db").write_bytes(b"no database" * 100)
    with pytest.raises(SettingsError, match="MLflow cannot use it: file is not a database"):
        check_store(tracked(tmp_path, f"sqlite:///{tmp_path}/mlflow.db"))
    (tmp_path / "mlflow.db").write_bytes(b"")
    check_store(tracked(tmp_path, f"sqlite:///{tmp_path}/mlflow.db"))


def test_an_experiment_that_was_deleted(tmp_path: Path) -> None:
    import mlflow

    settings = tracked(tmp_path, f"sqlite:///{tmp_path}/mlflow.db")
    with logging_to(tracking_of(settings)):
        experiment = mlflow.get_experiment_by_name("laws").experiment_id
    check_store(settings)
    mlflow.delete_experiment(experiment)
    with pytest.raises(SettingsError, match=f"laws: it was deleted; .* mlflow experiments restore -x {experiment}"):
        check_store(settings)
    again = "the results are kept; start the same command again"
    with pytest.raises(NotLogged, match=again), logging_to(tracking_of(settings)):
        pass


@pytest.mark.long
@pytest.mark.timeout(600)
def test_a_server_of_mlflow_as_it_comes_and_goes(tmp_path: Path) -> None:
    import mlflow

    port = free_port()
    settings = tracked(tmp_path, f"http://{LOOPBACK}:{port}")
    where = {"MLFLOW_HOST": LOOPBACK, "MLFLOW_PORT": str(port), "MLFLOW_DATA": str(tmp_path / "store")}
    with entry_process("mlflow.sh", tmp_path / "mlflow.log", **where) as server:
        ready = lambda: fetch(f"http://{LOOPBACK}:{port}/health") == b"OK"  # noqa: E731
        wait_for(ready, "the MLflow server", tmp_path / "mlflow.log")
        check_store(settings)
        with logging_to(tracking_of(settings)), mlflow.start_run():
            mlflow.log_text("a law", "law.txt")
        with pytest.raises(NotLogged, match="took no run"), logging_to(tracking_of(settings)), mlflow.start_run():
            stop_group(server)
            mlflow.log_text("a law", "law.txt")
    mlflow.end_run()
    with pytest.raises(SettingsError, match="MLflow cannot use it: API request to"):
        check_store(settings)
