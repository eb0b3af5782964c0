"""What was found out about one thing, and how looking at it becomes a finding whatever it raises."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from pyspark.errors import PySparkException

from jobs.core.failures import first_line
from udfs.shards.schemes import shown


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at, whether it is well, and what was found; `doubtful` if it may turn out ill."""

    what: str
    well: bool
    found: str
    doubtful: bool = False

    def __str__(self) -> str:
        return f"{'BAD ' if not self.well else 'warn' if self.doubtful else 'ok  '} {self.what}: {self.found}"


def guarded(what: str, look: Callable[[], Iterator[Finding]]) -> Iterator[Finding]:
    """The findings of a subject, and one more if looking at it ends early."""
    try:
        yield from look()
    except Exception as error:
        yield Finding(what, False, said(error))


def tried(what: str, look: Callable[[], str], remedy: str = "") -> Finding:
    """What looking says, or why it fails, with what to do about it where the error does not say that itself."""
    try:
        return Finding(what, True, look())
    # Of Spark, py4j, Delta, Arrow, or a server beneath: each has its own, and the thing does not work in any case.
    except Exception as error:
        return Finding(what, False, f"{said(error)}: {remedy}" if remedy else said(error))


def said(error: Exception) -> str:
    """What an error says, in one line."""
    if isinstance(error, PySparkException):
        return first_line(error)
    return shown(" ".join(str(error).split()))[:500] or type(error).__name__
