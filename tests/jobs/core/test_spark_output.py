"""What Spark writes goes into a file; of its executors' lines only some are passed on, each once."""

from __future__ import annotations

import atexit
import logging
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from jobs.core import spark_output
from jobs.core.spark_output import kept, kept_in, output_file
from jobs.lake.location import parse

DEVICE = "2026-01-02 03:04:05,678 INFO udfs.images.device.devices: device auto: chose cpu (0 GPUs seen)"
TASK = "2026-01-02 03:04:05,678 INFO udfs.images.task: 40 images of 2 shards"
WARNING = "2026-01-02 03:04:05,678 WARNING udfs.images.decode.child_process: an image ended the process"
SPARK = "26/01/02 03:04:05 WARN NativeCodeLoader: Unable to load\n\tat org.apache.spark.Task.run(Task.scala:1)"


Say = Callable[..., None]


@pytest.fixture
def say(monkeypatch: pytest.MonkeyPatch) -> Say:
    """Starts a process that writes lines on standard error while output goes to a path, and ends as a process does."""
    monkeypatch.setattr(spark_output, "_kept_in", None)

    def say(path: Path, *lines: str) -> None:
        ends: list[tuple[Any, ...]] = []
        with monkeypatch.context() as patch:
            patch.setattr(atexit, "register", lambda *end: ends.append(end))
            with kept(path):
                text = "\n".join(lines) + "\n"
                subprocess.run([sys.executable, "-c", f"import sys; sys.stderr.write({text!r})"], check=True)
        for function, *arguments in ends:
            function(*arguments)

    return say


def test_all_is_in_the_file_and_what_matters_in_the_log_once(
    say: Say, tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.INFO)
    path = tmp_path / "new" / "lake.log"
    say(path, SPARK, DEVICE, TASK, DEVICE, WARNING, TASK, WARNING)
    assert path.read_text().splitlines() == [*SPARK.splitlines(), DEVICE, TASK, DEVICE, WARNING, TASK, WARNING]
    assert caplog.record_tuples == [
        ("udfs.images.device.devices", logging.INFO, "device auto: chose cpu (0 GPUs seen)"),
        ("udfs.images.decode.child_process", logging.WARNING, "an image ended the process"),
    ]
    assert capfd.readouterr().err == "" and kept_in() == path


def test_the_next_run_overwrites_it(say: Say, tmp_path: Path) -> None:
    path = tmp_path / "lake.log"
    say(path, SPARK)
    say(path, TASK)
    assert path.read_text() == TASK + "\n"


def test_where_no_file_can_be_made_nothing_is_redirected(
    say: Say, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    with kept(tmp_path / "file" / "lake.log"):
        subprocess.run([sys.executable, "-c", "import sys; sys.stderr.write('heard')"], check=True)
    assert capfd.readouterr().err == "heard" and kept_in() is None


SESSION = """
import sys
from jobs.core.session import get_session
from jobs.lake.location import parse
from jobs.settings.settings import Spark
session = get_session(Spark(master="local[1]"), parse(sys.argv[1]) if sys.argv[1:] else None)
session._jvm.java.lang.System.out.println("Deleted 16 files")
print("a result")
"""


@pytest.mark.parametrize("with_lake", [True, False])
def test_standard_output_has_results_alone(tmp_path: Path, with_lake: bool) -> None:
    """Delta prints a line for each table that it vacuums."""
    lake = [str(tmp_path / "lake")] if with_lake else []
    done = subprocess.run([sys.executable, "-c", SESSION, *lake], capture_output=True, text=True, check=True)
    assert done.stdout == "a result\n"
    assert "Deleted 16 files" in ((tmp_path / "lake.log").read_text() if with_lake else done.stderr)


def test_it_lies_beside_a_local_lake_and_else_where_this_machine_keeps_such_files(tmp_path: Path) -> None:
    assert output_file(parse(str(tmp_path / "lake"))) == tmp_path / "lake.log"
    elsewhere = output_file(parse("s3://bucket/lake"))
    assert elsewhere.is_file() and elsewhere.name.startswith("conceptfreq-")
    elsewhere.unlink()
