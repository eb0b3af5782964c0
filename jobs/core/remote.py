"""A session on the Spark Connect server that SPARK_REMOTE names, or on that of a Databricks App's workspace.

This machine only sends plans: it needs neither a JVM nor py4j. The server decides what the settings' section `spark`
decides elsewhere.
"""

from __future__ import annotations

import os

from pyspark.errors import PySparkException, PySparkValueError
from pyspark.sql import SparkSession
from pyspark.sql.utils import is_remote
from pyspark.util import is_remote_only

from jobs.errors import ConceptfreqError, SettingsError

# Seconds to wait for the server's port to open. Spark's own client tries for ten minutes without a message.
PATIENCE = 30.0


def connect(address: str) -> SparkSession:
    """The session on the server at `address`, as in sc://HOST:PORT.

    Raises SettingsError if the address or the client's packages are wrong, and ConceptfreqError if there is no answer.
    """
    try:
        _wait_for_channel(address)
        session = SparkSession.builder.remote(address).getOrCreate()
        # The first request of all shows whether the server admits us.
        _ = session.version
    except PySparkValueError as error:
        raise SettingsError(f"SPARK_REMOTE={_without_parameters(address)}: {error}") from None
    except ImportError as error:
        raise SettingsError(f"SPARK_REMOTE is set, which needs the packages of the extra `connect`: {error}") from None
    except PySparkException as error:
        said = str(error).partition("\n")[0]
        raise ConceptfreqError(f"{_without_parameters(address)}: the Spark Connect server refuses: {said}") from None
    return session


def connect_databricks() -> SparkSession:
    """The session of a Databricks App: on serverless compute, as the service principal whose credentials the app has.

    Raises SettingsError if databricks-connect is not installed, and ConceptfreqError if the workspace refuses.
    """
    try:
        from databricks.connect import DatabricksSession
    except ImportError:
        raise SettingsError(
            "a Databricks App has no Java, and reads a lake in a catalog by databricks-connect, which is not installed:"
            " start it as app.yaml does, with the extra `app` and Python 3.12; a lake in a bucket needs neither"
        ) from None
    try:
        return DatabricksSession.builder.serverless(True).getOrCreate()
    except (PySparkException, ValueError) as error:
        said = str(error).partition("\n")[0]
        raise ConceptfreqError(f"the workspace of this Databricks App gives no serverless compute: {said}") from None


def refuse_remote(session: SparkSession | None, reason: str) -> None:
    """Raise SettingsError, with the reason, if the session is one of Spark Connect; None: if a new one would be."""
    # A notebook of Databricks may have such a session without any variable.
    if (
        (session is not None and _is_connect(session))
        or "SPARK_REMOTE" in os.environ
        or is_remote()
        or is_remote_only()
    ):
        raise SettingsError(reason)


def stop_waiting(session: SparkSession) -> None:
    """Let whatever still calls the server of a Connect session give up within a second; a classic session has none.

    Its client tries each call for ten minutes. Once one call has shown that the server is gone, each later one would
    take ten minutes more: those that end the run, and the client's own cleaning when Python exits.
    """
    if _is_connect(session):
        from pyspark.sql.connect.client.retries import DefaultPolicy

        session.client.set_retry_policies([DefaultPolicy(max_retries=3)])


def _is_connect(session: SparkSession) -> bool:
    return type(session).__module__.startswith("pyspark.sql.connect")


def _wait_for_channel(address: str) -> None:
    """Return as soon as the server, or the proxy before it, accepts a connection."""
    import grpc
    from pyspark.sql.connect.client import DefaultChannelBuilder

    channel = DefaultChannelBuilder(address).toChannel()
    try:
        grpc.channel_ready_future(channel).result(PATIENCE)
    except grpc.FutureTimeoutError:
        raise ConceptfreqError(
            f"{_without_parameters(address)}: no Spark Connect server answered within {PATIENCE:.0f} s; "
            "start one, or unset SPARK_REMOTE"
        ) from None
    finally:
        channel.close()


def _without_parameters(address: str) -> str:
    """The address in a form that may be shown: the part after the first semicolon can hold a token."""
    return address.partition(";")[0]
