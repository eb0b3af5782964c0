"""What the command line says on standard error, and how it says what it did not expect."""

from __future__ import annotations

import logging
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from pyspark.errors import PySparkException

from jobs.commands.terminal import OURS, explain, set_up_log, write_table
from jobs.core.frames import of_shards
from jobs.errors import SettingsError

# As Spark's errors are: what happened, then the stacks of the worker and of the JVM.
JOB = """Job aborted due to stage failure: Task 0 in stage 3.0 failed 1 times
Traceback (most recent call last):
  File "udfs/images/task.py", line 3, in __call__
OSError: /data/00001.tar: the disk does not answer

\tat org.apache.spark.api.python.BasePythonRunner$ReaderIterator.handlePythonException(PythonRunner.scala:572)
\tat java.base/java.lang.Thread.run(Thread.java:840)"""


@contextmanager
def no_log_yet() -> Iterator[None]:
    """A process whose logging nobody has set up, as pytest has."""
    root = logging.getLogger()
    handlers, root.handlers = root.handlers, []
    levels = {name: logging.getLogger(name).level for name in OURS}
    try:
        yield
    finally:
        root.handlers = handlers
        for name, level in levels.items():
            logging.getLogger(name).setLevel(level)


@pytest.fixture
def at_info(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.INFO)
    return caplog


def test_a_refusal_is_its_own_words_and_status(at_info: pytest.LogCaptureFixture) -> None:
    assert explain(SettingsError("lake: expected a folder")) == 2
    assert at_info.messages == ["lake: expected a folder"]


def test_an_error_of_spark_is_one_line_without_the_stack_of_the_jvm(at_info: pytest.LogCaptureFixture) -> None:
    assert explain(PySparkException(JOB)) == 1
    [said] = at_info.messages
    assert said.startswith("PySparkException: OSError: /data/00001.tar: the disk does not answer")
    assert "--log-level debug shows the whole stack" in said and "org.apache" not in at_info.text


def test_a_fault_of_ours_names_the_line(at_info: pytest.LogCaptureFixture) -> None:
    try:
        of_shards(None, ["a"])  # type: ignore[arg-type]
    except AttributeError as error:
        assert explain(error) == 1
    [said] = at_info.messages
    assert said.startswith("AttributeError: 'NoneType' object has no attribute 'where' (jobs/core/frames.py, line ")
    assert "Traceback" not in at_info.text


def test_at_debug_the_stack_is_shown(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    explain(PySparkException(JOB))
    assert "org.apache.spark.api.python" in caplog.text


def test_a_log_has_times_off_a_terminal_and_other_libraries_only_warn(capsys: pytest.CaptureFixture[str]) -> None:
    with no_log_yet():
        set_up_log("info")
        logging.getLogger("jobs.stages").info("said")
        logging.getLogger("jobs.stages").debug("not said")
        logging.getLogger("alembic").info("not said")
        logging.getLogger("alembic").warning("warned")
    first, second = capsys.readouterr().err.splitlines()
    assert first.endswith(" INFO jobs.stages: said") and second.endswith(" WARNING alembic: warned")


def test_what_py4j_logs_of_a_dead_jvm_is_left_to_whoever_catches_it(capsys: pytest.CaptureFixture[str]) -> None:
    with no_log_yet():
        set_up_log("info")
        code = compile("logging.exception('Exception while sending command.')", "/lib/py4j/java_gateway.py", "exec")
        exec(code, {"logging": logging})
    assert capsys.readouterr().err == ""


def test_on_a_terminal_information_is_a_sentence(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm")
    with no_log_yet():
        set_up_log("info")
        logging.getLogger("jobs").info("said")
        logging.getLogger("jobs").error("failed")
    assert capsys.readouterr().err == "said\nerror: failed\n"


def test_a_table_has_its_numbers_right_and_cuts_nothing_off_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    long = "a_corpus_with_a_long_name_[1]" * 9
    write_table(("stage", "corpus", "samples"), [("ingest", "coco", 1_234_567), ("count", long, 3)])
    lines = capsys.readouterr().err.splitlines()
    assert [line.split() for line in lines] == [
        ["stage", "corpus", "samples"],
        ["ingest", "coco", "1,234,567"],
        ["count", long, "3"],
    ]
    assert len({line.rindex(line.split()[-1]) + len(line.split()[-1]) for line in lines}) == 1


# What a command meets if its JVM dies while it looks, outside of any stage.
DIES = """
import os, signal, sys
from jobs.commands.terminal import explain, set_up_log
from jobs.core.session import get_session
from jobs.settings.settings import Spark

set_up_log("info")
spark = get_session(Spark(master="local[1]"))
os.kill(spark.sparkContext._gateway.proc.pid, signal.SIGKILL)
try:
    spark.range(3).toArrow()
except Exception as error:
    sys.exit(explain(error))
"""


def test_a_jvm_that_died_is_told_as_such_wherever_it_is_met() -> None:
    done = subprocess.run([sys.executable, "-c", DIES], capture_output=True, text=True)
    assert done.returncode == 1
    assert "the Spark session was stopped, or its driver or server died" in done.stderr
    assert "start the same command again" in done.stderr and "py4j/" not in done.stderr
