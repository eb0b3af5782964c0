"""`explore` as a process: its one line, its token, and what it says if it cannot begin."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from processes import descendants

from jobs.cli import main

# Imports of these fail.
WITHOUT = """
import importlib.util, sys
find = importlib.util.find_spec
importlib.util.find_spec = lambda name, package=None: None if name == "uvicorn" else find(name, package)
from jobs.cli import main
sys.exit(main(sys.argv[1:]))
"""


def test_it_serves_until_it_is_stopped_and_needs_neither_models_nor_spark(explored: Path) -> None:
    program = "import sys\nfor name in ('spacy', 'timm'):\n    sys.modules[name] = None\n"
    program += "from jobs.cli import main\nsys.exit(main(sys.argv[1:]))"
    words = [sys.executable, "-c", program, "explore", str(explored), "--host", "0.0.0.0", "--port", "0"]
    environment = {**os.environ, "CONCEPTFREQ_TOKEN": "this-is-the-token"}
    server = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)
    assert server.stdout is not None
    link = urlsplit(server.stdout.readline())
    assert link.query.strip() == "token=this-is-the-token"
    connection = http.client.HTTPConnection("127.0.0.1", link.port or 0)
    connection.request("GET", "/concept?name=mat", headers={"Authorization": "Bearer this-is-the-token"})
    answer = connection.getresponse()
    assert answer.status == 200 and b"<bdi>mat</bdi>" in answer.read()
    connection.close()
    assert descendants(server.pid) == [], "no JVM"
    server.send_signal(signal.SIGINT)
    out, err = server.communicate(timeout=30)
    assert (out, server.returncode) == ("", 0) and "token" not in err and "Traceback" not in err


def test_as_a_databricks_app_it_serves_at_the_apps_port(explored: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    words = [sys.executable, "-m", "jobs.cli", "explore", str(explored), "--behind", "databricks"]
    environment = {**os.environ, "DATABRICKS_APP_NAME": "conceptfreq-dev", "DATABRICKS_APP_PORT": str(port)}
    server = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)
    assert server.stdout is not None
    assert server.stdout.readline() == f"http://0.0.0.0:{port}/\n", "no token"
    for headers, status in (({}, 401), ({"X-Forwarded-User": "jane"}, 200)):
        connection = http.client.HTTPConnection("127.0.0.1", port)
        connection.request("GET", "/concept?name=mat", headers=headers)
        answer = connection.getresponse()
        assert answer.status == status and (b"<bdi>mat</bdi>" in answer.read()) == (status == 200)
        connection.close()
    assert descendants(server.pid) == [], "no JVM"
    server.send_signal(signal.SIGTERM)
    _, err = server.communicate(timeout=30)
    assert "open to those whom the Databricks App lets in" in err and "Traceback" not in err


@pytest.mark.parametrize(
    ("environment", "words", "said"),
    [
        ({}, [], "this is no Databricks App"),
        ({"DATABRICKS_APP_PORT": "8000"}, [], "this is no Databricks App"),
        ({"DATABRICKS_APP_NAME": "a"}, [], "its port in DATABRICKS_APP_PORT"),
        ({"DATABRICKS_APP_NAME": "a", "DATABRICKS_APP_PORT": "80000"}, [], "its port in DATABRICKS_APP_PORT"),
        ({"DATABRICKS_APP_NAME": "a", "DATABRICKS_APP_PORT": "8000"}, ["--port", "1"], "leave out --port, or --behind"),
        ({"DATABRICKS_APP_NAME": "a", "DATABRICKS_APP_PORT": "8000"}, ["--host", "::1"], "leave out --host"),
        ({"CONCEPTFREQ_TOKEN": "a-token-of-some-length"}, [], "leave out CONCEPTFREQ_TOKEN, or --behind"),
    ],
)
def test_no_token_is_asked_for_in_an_app_alone(
    environment: dict[str, str],
    words: list[str],
    said: str,
    explored: Path,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert main(["explore", str(explored), "--behind", "databricks", *words]) == 2
    assert said in caplog.text


@pytest.mark.skipif(find_spec("databricks.connect") is not None, reason="databricks-connect is installed here")
def test_an_app_needs_a_client_for_a_lake_in_a_catalog(explored: Path) -> None:
    words = [sys.executable, "-m", "jobs.cli", "explore", str(explored), "--behind", "databricks"]
    environment = {**os.environ, "DATABRICKS_APP_NAME": "a", "DATABRICKS_APP_PORT": "8000"}
    ended = subprocess.run(
        [*words, "--set", "lake=main.counts"], capture_output=True, text=True, check=False, env=environment
    )
    assert ended.returncode == 2 and ended.stdout == "", "refused before it listens"
    assert "databricks-connect, which is not installed" in ended.stderr and "Traceback" not in ended.stderr


def test_what_is_not_installed_is_named(explored: Path) -> None:
    words = [sys.executable, "-c", WITHOUT, "explore", str(explored)]
    ended = subprocess.run(words, capture_output=True, text=True, check=False)
    assert ended.returncode == 2 and "uvicorn" in ended.stderr and "conceptfreq[explore]" in ended.stderr


def test_a_port_that_is_taken_and_a_token_that_is_too_short(
    explored: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        assert main(["explore", str(explored), "--port", str(taken.getsockname()[1])]) == 2
    assert "cannot be listened on" in caplog.text and "--port 0" in caplog.text
    monkeypatch.setenv("CONCEPTFREQ_TOKEN", "short")
    assert main(["explore", str(explored), "--host", "0.0.0.0", "--port", "0"]) == 2
    assert "at least 16 characters" in caplog.text
