"""A real standalone cluster on this machine: a master and two workers from the pip-installed Spark; and its home."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pyspark
import pytest
from entry_scripts import LOOPBACK, cluster_state, entry_process, free_port, wait_for, workers_alive


@pytest.fixture(scope="session")
def standalone_webui(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """A master and two workers of one core and 1 GiB each; yields the port of the master's page."""
    folder = tmp_path_factory.mktemp("standalone")
    port, webui = free_port(), free_port()
    with ExitStack() as running:
        running.enter_context(
            entry_process(
                "master.sh",
                folder / "master.log",
                SPARK_MASTER_HOST=LOOPBACK,
                SPARK_MASTER_PORT=str(port),
                SPARK_MASTER_WEBUI_PORT=str(webui),
            )
        )
        wait_for(lambda: cluster_state(webui) is not None, "the master", folder / "master.log")
        for number in (1, 2):
            worker = {"SPARK_WORKER_DIR": str(folder / f"work-{number}"), "SPARK_WORKER_WEBUI_PORT": "0"}
            running.enter_context(
                entry_process(
                    "worker.sh",
                    folder / f"worker-{number}.log",
                    SPARK_MASTER_URL=f"spark://{LOOPBACK}:{port}",
                    SPARK_WORKER_HOST=LOOPBACK,
                    SPARK_WORKER_MEMORY="1g",
                    **worker,
                )
            )
        wait_for(lambda: workers_alive(webui) == 2, "two workers", folder / "worker-1.log")
        yield webui


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
