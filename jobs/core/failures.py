"""The cause of an error: one shard, all shards, or the foundation of the run.

Only an error of one shard is recorded as that shard's failure. An error of all shards ends the stage, because no other
shard would succeed. A lost foundation ends the run: a session, a server or a disk that is gone says nothing about any
shard.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from pyspark.errors import PySparkException
from pyspark.sql import SparkSession

from jobs.core.remote import stop_waiting
from jobs.errors import ConceptfreqError, FoundationLost, SettingsError
from jobs.lake.conflicts import is_conflict

try:
    from py4j.protocol import Py4JError, Py4JJavaError
except ImportError:
    # Spark's Connect client comes without py4j, and never raises these errors.
    Py4JError = Py4JJavaError = PySparkException

# The errors that Spark raises if a job failed.
JOB_FAILED = (PySparkException, Py4JJavaError)
# And if its JVM does not start, or dies meanwhile.
NOT_STARTED = (PySparkException, Py4JError, OSError)

DISK = "no space is left on a disk"
WRITERS = "other programs keep writing to a table of the lake"
SERVER = "the Spark Connect server, or its session, is gone"
SESSION = "the Spark session was stopped, or its driver or server died"
# The messages of operating systems, the JVM and Spark's clients.
SIGNS = (
    (DISK, r"No space left on device|Disk quota exceeded|not enough space on the disk"),
    (SERVER, r"\[INVALID_HANDLE\.|\[RETRIES_EXCEEDED\]|\[SESSION_NOT_SAME\]|StatusCode\.UNAVAILABLE"),
    (SESSION, r"stopped SparkContext|SparkContext was shut down"),
)
AGAIN = "start the same command again: finished work is kept, and no shard was recorded as failed because of this"
REMEDIES = {DISK: f"make room (the lake's disk, spark.local.dir, /tmp), then {AGAIN}"}


def reason_to_go_on(error: Exception, session: SparkSession | None) -> str:
    """The message of an error that ends a stage for one corpus. Raises an error that ends the run, or is a bug."""
    if isinstance(error, SettingsError | FoundationLost):
        raise error
    if isinstance(error, ConceptfreqError):
        return str(error)
    abort_if_lost(error, session)
    if not isinstance(error, (*JOB_FAILED, OSError)):
        raise error
    return first_line(error)


@contextmanager
def told_if_lost(session: Callable[[], SparkSession | None]) -> Iterator[None]:
    """Raise FoundationLost for any error that a lost session, server or disk leads to while the context is open."""
    try:
        yield
    except ConceptfreqError:
        raise
    except Exception as error:
        try:
            known = session()
        # A session that is asked for through a JVM that died.
        except Exception:
            raise FoundationLost(_told(SESSION, first_line(error))) from error
        abort_if_lost(error, known)
        raise


def abort_if_lost(error: Exception, session: SparkSession | None) -> None:
    """Raise FoundationLost if the cause is not the work itself but the session, server, disk or other writers."""
    found = _lost(error, session)
    if found is not None:
        lost, line = found
        if session is not None and lost in (SERVER, SESSION):
            stop_waiting(session)
        raise FoundationLost(_told(lost, line)) from error


def _told(lost: str, line: str) -> str:
    return f"{lost} ({line[:300]}): {REMEDIES.get(lost, AGAIN)}"


def _lost(error: Exception, session: SparkSession | None) -> tuple[str, str] | None:
    """The lost part of the foundation, and the line of the error that shows it; None if nothing is lost."""
    if is_conflict(error):
        return WRITERS, first_line(error)
    for lost, sign in SIGNS:
        for line in str(error).splitlines():
            if re.search(sign, line):
                return lost, line.strip()
    if session is not None and not _answers(session):
        return SESSION, first_line(error)
    return None


def _answers(session: SparkSession) -> bool:
    """Whether the session still works.

    If the context stops or the JVM dies during a job, the error depends on the place where it is met (AttributeError,
    NullPointerException, ConnectionRefusedError and others). So the session itself is asked.
    """
    try:
        session.sql("SELECT 1").collect()
    except Exception:
        return False
    return True


def shared_reason(failure: str, shard: str) -> str | None:
    """A failure without names and numbers, to compare with those of other shards; None if only the shard is missing."""
    if re.search(r"No such file|does not exist|not found|FileNotFoundError", failure):
        return None
    return " ".join(word for word in failure.replace(shard, "").split() if not re.search(r"\d", word))


def first_line(error: Exception) -> str:
    """The message of a Spark error: the innermost exception of an executor if there is one, else the first line."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    python = [line for line in lines if ("Error: " in line or "Exception: " in line) and not line.startswith("at ")]
    return (python[-1] if python else lines[0] if lines else type(error).__name__)[:500]
