"""Whose fault an error is, by what Spark, its clients and systems were seen to say."""

from __future__ import annotations

from typing import Any, cast

import pytest
from delta.exceptions import ConcurrentAppendException
from pyspark.errors import PySparkException

from jobs.core.failures import abort_if_lost, shared_reason, told_if_lost
from jobs.errors import FoundationLost, SettingsError

CLOSED = (
    "(org.apache.spark.SparkSQLException) [INVALID_HANDLE.SESSION_CLOSED] The handle 9b04fe42-bae2-4dfc-b6b1-"
    "9a8533a8e7e6 is invalid. Session was closed. SQLSTATE: HY000"
)
NOBODY = (
    "<_InactiveRpcError of RPC that terminated with:\n\tstatus = StatusCode.UNAVAILABLE\n\tdetails = "
    '"failed to connect to all addresses; last error: UNKNOWN: ipv4:127.0.0.1:15777: Connection refused"'
)
FULL = "Job aborted.\nCaused by: java.io.IOException: No space left on device\n\tat java.base/sun.nio.ch.write0"


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (
            PySparkException(CLOSED),
            r"Connect server, or its session, is gone \(.*SESSION_CLOSED.*no shard was recorded",
        ),
        (PySparkException(NOBODY), r"Connect server, or its session, is gone \(status = StatusCode.UNAVAILABLE\)"),
        (PySparkException("[RETRIES_EXCEEDED] The maximum number of retries has been exceeded."), "RETRIES_EXCEEDED"),
        (PySparkException(FULL), r"no space is left on a disk \(Caused by: .*\): make room"),
        (OSError(28, "No space left on device"), "no space is left on a disk"),
        (PySparkException("Job 3 cancelled because SparkContext was shut down"), "the Spark session was stopped"),
        (ConcurrentAppendException("Files were added"), "other programs keep writing to a table of the lake"),
    ],
)
def test_what_no_shard_can_help_ends_the_run(error: Exception, said: str) -> None:
    with pytest.raises(FoundationLost, match=said):
        abort_if_lost(error, None)


@pytest.mark.parametrize(
    "said",
    [
        "Job aborted due to stage failure: Task 0 in stage 1.0 failed 4 times\nMemoryError: shard 3 is too much",
        "Python worker exited unexpectedly (crashed)",
        "ExecutorLostFailure (executor 1 exited caused by one of the running tasks)",
    ],
)
def test_what_a_shard_may_have_done_does_not(said: str) -> None:
    abort_if_lost(PySparkException(said), None)


def test_a_lost_classic_session_is_told_too(spark: Any) -> None:
    with pytest.raises(FoundationLost, match="the Spark session was stopped"):
        abort_if_lost(PySparkException("Cannot call methods on a stopped SparkContext."), spark)


def test_a_session_that_is_lost_is_told_whatever_it_led_to() -> None:
    class Dead:
        def sql(self, statement: str) -> None:
            raise ConnectionRefusedError(statement)

    def open_in(error: Exception, session: object) -> None:
        with told_if_lost(lambda: cast(Any, session)):
            raise error

    with pytest.raises(FoundationLost, match=r"session was stopped, or its driver or server died \(no attribute"):
        open_in(AttributeError("no attribute '_jvm'"), Dead())
    # Without a session it cannot be the session; and what is told already stays as it is.
    with pytest.raises(AttributeError):
        open_in(AttributeError("a bug"), None)
    with pytest.raises(SettingsError, match="lake: no"):
        open_in(SettingsError("lake: no"), Dead())


def test_one_reason_is_told_whatever_shard_it_names() -> None:
    denied = "cannot be read: {0}: When reading '{0}' in bucket 'b': AWS Error ACCESS_DENIED, request {1} (12 rows)"
    first = shared_reason(denied.format("a/0.tar", "QX12"), "a/0.tar")
    assert first == shared_reason(denied.format("dogs.tar", "ZZ77"), "dogs.tar") is not None
    assert first != shared_reason("cannot be read: 0.tar: Connection reset by peer (3 rows)", "0.tar")
    assert shared_reason("cannot be read: 0.tar: [Errno 2] No such file or directory (3 rows)", "0.tar") is None
