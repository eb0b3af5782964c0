"""A real standalone cluster on this machine: a master and two workers from the pip-installed Spark; and its home."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyspark
import pytest
from entry_scripts import cluster_state
from standalone import standalone


@pytest.fixture(scope="session")
def standalone_webui(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """A master and two workers of one core and 1 GiB each; yields the port of the master's page."""
    with standalone(tmp_path_factory.mktemp("standalone")) as cluster:
        yield cluster.webui


@pytest.fixture(scope="session")
def standalone_master(standalone_webui: int) -> str:
    """The cluster's address, spark://HOST:PORT."""
    state = cluster_state(standalone_webui)
    assert state is not None
    return str(state["url"])


@pytest.fixture(scope="session")
def spark_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The installed Spark with a `work` folder of its own: local-cluster leaves 171 MB an application there."""
    home = tmp_path_factory.mktemp("spark-home")
    for entry in Path(pyspark.__file__).parent.iterdir():
        if entry.name != "work":
            (home / entry.name).symlink_to(entry)
    return home
