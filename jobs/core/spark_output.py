"""The output of Spark's JVM and its Python workers goes into a file instead of the terminal.

From the executors' own lines, warnings and lines that every user must see are also logged by this process, each once.
Without this a terminal shows the JVM's stack traces, and every line once per task.
"""

from __future__ import annotations

import atexit
import logging
import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event, Thread
from typing import BinaryIO, Final

from jobs.lake.location import Location

# A line of udfs.workers: time, level, logger, message.
LINE: Final = re.compile(r"\S+ \S+ (?P<level>[A-Z]+) (?P<logger>udfs[\w.]*): (?P<message>.*)")
# This logger names the chosen device: the user must see that a GPU is not used.
DEVICES: Final = "udfs.images.device.devices"
# The last thing that this process writes: whatever came before it is in the file once it is read.
END: Final = b"\0end of output\n"
# Seconds that the end of this process waits for the output until then.
LINGERS: Final = 5

_kept_in: Path | None = None


def output_file(lake: Location) -> Path:
    """The file for the output: beside a lake in a local folder, overwritten by the next run; else a temporary file."""
    if lake.folder is not None:
        return Path(f"{lake.folder}.log")
    with tempfile.NamedTemporaryFile(prefix="conceptfreq-", suffix=".log", delete=False) as file:
        return Path(file.name)


def kept_in() -> Path | None:
    """The file with the output of this process's Spark; None if it went to the terminal, or Spark is not ours."""
    return _kept_in


@contextmanager
def kept(path: Path) -> Iterator[None]:
    """Redirect the standard error of processes started inside the context into `path`, as long as they live.

    This process must not write there meanwhile. If the file cannot be made, nothing is redirected.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # Another run on this lake may write to the file too, so both append.
        file = path.open("ab", buffering=0)
        file.truncate(0)
    except OSError:
        yield
        return
    global _kept_in
    _kept_in = path
    reader, writer = os.pipe()
    ended = Event()
    Thread(target=_pass_on, args=(os.fdopen(reader, "rb"), file, ended), name="spark-output", daemon=True).start()
    # The JVM outlives this process, so its output has no end that could be waited for.
    atexit.register(_end, writer, ended)
    terminal = os.dup(2)
    os.dup2(writer, 2)
    try:
        yield
    finally:
        os.dup2(terminal, 2)
        os.close(terminal)


@contextmanager
def no_results() -> Iterator[None]:
    """Let processes started inside the context print on standard error: standard output is for results alone.

    Delta prints a line for each table that it vacuums, which `--json` would not survive.
    """
    results = os.dup(1)
    os.dup2(2, 1)
    try:
        yield
    finally:
        os.dup2(results, 1)
        os.close(results)


def _pass_on(output: BinaryIO, file: BinaryIO, ended: Event) -> None:
    """Read all lines, whatever happens: a pipe that nobody reads stops the JVM."""
    said: set[str] = set()
    for line in output:
        # A full disk ends the run when results cannot be stored, not here.
        with suppress(OSError):
            file.write(line.removesuffix(END))
        _log_once(line.decode(errors="replace").rstrip(), said)
        if line.endswith(END):
            ended.set()


def _end(writer: int, ended: Event) -> None:
    """Wait until all that was written by now is in the file."""
    os.write(writer, END)
    ended.wait(LINGERS)


def _log_once(line: str, said: set[str]) -> None:
    found = LINE.fullmatch(line)
    if found is None:
        return
    level = logging.getLevelNamesMapping().get(found["level"], logging.INFO)
    least = logging.INFO if found["logger"] == DEVICES else logging.WARNING
    if level >= least and found["message"] not in said:
        said.add(found["message"])
        logging.getLogger(found["logger"]).log(level, "%s", found["message"])
