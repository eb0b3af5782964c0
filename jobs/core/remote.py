"""A session on a Spark Connect server, the one that SPARK_REMOTE names.

Nothing of this machine takes part but the plan: neither a JVM nor py4j is needed, and the settings' `spark` section is
the server's to decide.
"""

from __future__ import annotations

from pyspark.errors import PySparkException, PySparkValueError
from pyspark.sql import SparkSession

from jobs.errors import ConceptfreqError, SettingsError

# Seconds for the server's port to open. Spark's own client says nothing and tries for ten minutes.
PATIENCE = 30.0


def connect(address: str) -> SparkSession:
    """The session on the server at `address`, as in sc://HOST:PORT.

    Raises SettingsError where the address or the client's packages are wrong, ConceptfreqError where nobody answers.
    """
    try:
        _wait_for_channel(address)
        session = SparkSession.builder.remote(address).getOrCreate()
        # The first request of all: it says whether we may come in.
        _ = session.version
    except PySparkValueError as error:
        raise SettingsError(f"SPARK_REMOTE={_without_parameters(address)}: {error}") from None
    except ImportError as error:
        raise SettingsError(f"SPARK_REMOTE is set, which needs the packages of the extra `connect`: {error}") from None
    except PySparkException as error:
        said = str(error).partition("\n")[0]
        raise ConceptfreqError(f"{_without_parameters(address)}: the Spark Connect server refuses: {said}") from None
    return session


def _wait_for_channel(address: str) -> None:
    """Return once the server, or the proxy before it, takes a connection."""
    # A classic Spark does without these packages.
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
    """The address as it may be shown: what follows the first semicolon can hold a token."""
    return address.partition(";")[0]
