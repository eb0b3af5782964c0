"""The command line's output on standard error: its log, its errors, and the table at the end of a run."""

from __future__ import annotations

import logging
import os
import sys
import traceback
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TextIO

from jobs.core.progress import on_a_terminal
from jobs.core.spark_output import kept_in
from jobs.errors import ConceptfreqError
from udfs.workers import LINE

log = logging.getLogger("conceptfreq")

# Our own loggers; those of libraries show warnings and errors only.
OURS = ("conceptfreq", "jobs", "udfs")
WIDE = 1000  # characters; no table is wider
# The folder that holds `jobs` and `udfs`.
HOME = Path(__file__).resolve().parents[2]
HOMES = {HOME / "jobs", HOME / "udfs"}


def set_up_log(level: str) -> None:
    """Log at `level` on standard error: with times and names, or on a terminal as plain sentences.

    If logging is already set up, as on Databricks, it is used as it is.
    """
    if logging.getLogger().handlers:
        return
    handler = _Stderr()
    handler.setFormatter(_Sentences() if on_a_terminal() else logging.Formatter(LINE))
    if level != "debug":
        handler.addFilter(_is_not_of_py4j)
    logging.getLogger().addHandler(handler)
    for name in OURS:
        logging.getLogger(name).setLevel(level.upper())
    # MLflow gives its loggers a level and a handler of their own when it is imported.
    os.environ.setdefault("MLFLOW_LOGGING_LEVEL", "WARNING")


def explain(error: Exception) -> int:
    """Log what happened in one line, with the stack only at level debug; returns the exit status."""
    log.debug("where it happened:", exc_info=error)
    tell_output_file()
    error = _caused(error)
    if isinstance(error, ConceptfreqError):
        log.error("%s", error)
        return error.exit_status
    log.error("%s; --log-level debug shows the whole stack", _unexpected(error))
    return 1


def _caused(error: Exception) -> Exception:
    """FoundationLost if the session or the disk is gone and led to this error; else the error itself."""
    if isinstance(error, ConceptfreqError) or "pyspark.sql" not in sys.modules:
        return error
    from pyspark.sql import SparkSession

    from jobs.core.failures import told_if_lost

    try:
        with told_if_lost(SparkSession.getActiveSession):
            raise error
    except Exception as told:
        return told


def _unexpected(error: Exception) -> str:
    """Spark's message, or the fault of this program, with the line of our code that met it."""
    # Spark is slow to import, and nothing else here needs it.
    from jobs.core.failures import first_line

    ours = [frame for frame in traceback.extract_tb(error.__traceback__) if HOMES & {*Path(frame.filename).parents}]
    at = f" ({Path(ours[-1].filename).relative_to(HOME)}, line {ours[-1].lineno})" if ours else ""
    return f"{type(error).__name__}: {first_line(error)}{at}"


def tell_output_file() -> None:
    """Name the file with the output of Spark and its executors, if there is one."""
    file = kept_in()
    if file is not None:
        log.info("the output of Spark and its executors is in %s", file)


def write_table(header: Sequence[str], rows: Iterable[Sequence[str | int]]) -> None:
    """Write a table on standard error, with numbers aligned to the right; nothing if it has no rows.

    Only too narrow a terminal cuts it.
    """
    lines = list(rows)
    if not lines:
        return
    # rich takes a fifth of a second to import.
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for at, name in enumerate(header):
        is_number = any(isinstance(line[at], int) for line in lines)
        table.add_column(name, justify="right" if is_number else "left", no_wrap=True)
    for line in lines:
        table.add_row(*(f"{cell:,}" if isinstance(cell, int) else escape(cell) for cell in line))
    Console(stderr=True, width=None if sys.stderr.isatty() else WIDE).print(table)


def _is_not_of_py4j(record: logging.LogRecord) -> bool:
    """Whether a record is not from py4j: it logs errors with a stack, by the root logger too, and also raises them."""
    return "py4j" not in Path(record.pathname).parts


class _Stderr(logging.StreamHandler[TextIO]):
    """Writes to the present standard error: a live line may take its place, and shows log lines above itself."""

    @property
    def stream(self) -> TextIO:
        return sys.stderr

    @stream.setter
    def stream(self, stream: TextIO) -> None:
        """Ignore the stream: it is always the present standard error."""


class _Sentences(logging.Formatter):
    """Prints information as it is; warnings and errors begin with the name of their level."""

    def format(self, record: logging.LogRecord) -> str:
        text = super().format(record)
        return text if record.levelno == logging.INFO else f"{record.levelname.lower()}: {text}"
