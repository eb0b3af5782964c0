"""Whose fault an error is: a shard's, every shard's, or that of what the run stands on.

Only the first is written down as a shard's failure. A stage ends with the second, as no shard would fare better, and
the run with the third: a session, a server or a disk that is gone says nothing about any shard.
"""

from __future__ import annotations

import re

from pyspark.errors import PySparkException
from pyspark.sql import SparkSession

from jobs.errors import ConceptfreqError, FoundationLost, SettingsError
from jobs.lake.lake import CONFLICTS

try:
    from py4j.protocol import Py4JJavaError
except ImportError:
    # Spark's Connect client comes without it, and never raises it.
    Py4JJavaError = PySparkException

# How Spark says that a job failed.
JOB_FAILED = (PySparkException, Py4JJavaError)

DISK = "no space is left on a disk"
WRITERS = "other programs keep writing to a table of the lake"
SERVER = "the Spark Connect server, or its session, is gone"
SESSION = "the Spark session was stopped, or its driver or server died"
# How operating systems, the JVM and Spark's clients say it.
SIGNS = (
    (DISK, r"No space left on device|Disk quota exceeded|not enough space on the disk"),
    (SERVER, r"\[INVALID_HANDLE\.|\[RETRIES_EXCEEDED\]|\[SESSION_NOT_SAME\]|StatusCode\.UNAVAILABLE"),
    (SESSION, r"stopped SparkContext|SparkContext was shut down"),
)
AGAIN = "start the same command again: what is done stays done, and no shard was written down as failed for it"
REMEDIES = {DISK: f"make room (the lake's disk, spark.local.dir, /tmp), then {AGAIN}"}


def reason_to_go_on(error: Exception, session: SparkSession | None) -> str:
    """What to say of an error that ends a stage for one corpus; one that ends the run, or is a bug, is raised."""
    if isinstance(error, SettingsError | FoundationLost):
        raise error
    if isinstance(error, ConceptfreqError):
        return str(error)
    abort_if_lost(error, session)
    if not isinstance(error, (*JOB_FAILED, OSError)):
        raise error
    return first_line(error)


def abort_if_lost(error: Exception, session: SparkSession | None) -> None:
    """Raise FoundationLost where the error is not of the work at hand: session, server, disk, or other writers."""
    found = _lost(error, session)
    if found is not None:
        lost, line = found
        raise FoundationLost(f"{lost} ({line[:300]}): {REMEDIES.get(lost, AGAIN)}") from error


def _lost(error: Exception, session: SparkSession | None) -> tuple[str, str] | None:
    """What is lost, and the line that says so."""
    if isinstance(error, CONFLICTS):
        return WRITERS, first_line(error)
    for lost, sign in SIGNS:
        for line in str(error).splitlines():
            if re.search(sign, line):
                return lost, line.strip()
    if session is not None and not _answers(session):
        return SESSION, first_line(error)
    return None


def _answers(session: SparkSession) -> bool:
    """Whether the session still does anything.

    A context that stops under a job gives as many errors as there are places where it may be met, and a JVM that dies
    as many again (AttributeError, NullPointerException, ConnectionRefusedError), so the session itself is asked.
    """
    try:
        session.sql("SELECT 1").collect()
    except Exception:
        return False
    return True


def shared_reason(failure: str, shard: str) -> str | None:
    """A failure without names and numbers, to be compared with other shards'; None where the shard alone is missing."""
    if re.search(r"No such file|does not exist|not found|FileNotFoundError", failure):
        return None
    return " ".join(word for word in failure.replace(shard, "").split() if not re.search(r"\d", word))


def first_line(error: Exception) -> str:
    """What an error of Spark says: the innermost exception of an executor where there is one, else its first line."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    python = [line for line in lines if ("Error: " in line or "Exception: " in line) and not line.startswith("at ")]
    return (python[-1] if python else lines[0] if lines else type(error).__name__)[:500]
