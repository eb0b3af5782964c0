"""`explore` as a process: its one line, its token, and what it says if it cannot begin."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
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
