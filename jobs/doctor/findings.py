"""Findings about single things. A check becomes a finding whatever it raises."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from pyspark.errors import PySparkException

from jobs.core.failures import first_line
from udfs.shards.schemes import shown


@dataclass(frozen=True)
class Finding:
    """One thing that was checked, whether it is well, and what was found; `doubtful` if it may still fail."""

    what: str
    well: bool
    found: str
    doubtful: bool = False

    def __str__(self) -> str:
        return f"{'BAD ' if not self.well else 'warn' if self.doubtful else 'ok  '} {self.what}: {self.found}"


def guarded(what: str, look: Callable[[], Iterator[Finding]]) -> Iterator[Finding]:
    """The findings of a subject, and one more if the check ends early."""
    try:
        yield from look()
    except Exception as error:
        yield Finding(what, False, said(error))


def tried(what: str, look: Callable[[], str], remedy: str = "") -> Finding:
    """The result of a check, or why it fails, with a remedy if the error does not name one itself."""
    try:
        return Finding(what, True, look())
    # Spark, py4j, Delta, Arrow and the servers beneath raise their own errors. With any of them the check has failed.
    except Exception as error:
        return Finding(what, False, f"{said(error)}: {remedy}" if remedy else said(error))


def said(error: Exception) -> str:
    """The message of an error, in one line."""
    if isinstance(error, PySparkException):
        return first_line(error)
    return shown(" ".join(str(error).split()))[:500] or type(error).__name__
