"""The ways to run the program, for a campaign of kills: each starts runs as a user would, and knows whom to kill."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import processes
import s3
import tiny
from campaign import Started
from connect_clients import COMMAND, client_words, connect_server
from entry_scripts import ENTRY, ROOT, entry_environment, free_port, stop_group
from processes import KILLED
from standalone import Cluster, standalone

# The driver's JVM, which pyspark starts beside the Python process; scripts and a launcher come and go before it.
JVM = "org.apache.spark.deploy.SparkSubmit"
LAUNCHER = "org.apache.spark.launcher.Main"
# A run that lost what it stood on.
LOST = 1


class LocalDoor:
    """A lake in a folder, and Spark in one process beside the driver."""

    name = "local"
    victims: Mapping[str, int | None] = {"driver": KILLED, "driver's JVM": LOST}

    def __init__(self, folder: Path, running: ExitStack, corpus: str | None = None, **settings: Any) -> None:
        self._folder = folder
        self._running = running
        local = tiny.corpus(folder / "corpus")
        self._settings = {
            "corpora": [{"name": "tiny", "format": "webdataset", "path": corpus or str(local)}],
            "waves": {"max_shards": 2},
            "spark": tiny.TWO_CORES,
            **settings,
        }

    def start(self, lake: str) -> Started:
        """By the command line."""
        return self._started(lake, [sys.executable, "-m", "jobs.cli", "run", self.settings(lake)], dict(os.environ))

    def living(self, victim: str, run: Started) -> list[list[int]]:
        """The Python process, or the JVM that it started."""
        if victim == "driver":
            return [[run.process.pid]]
        started = processes.descendants(run.process.pid)
        lines = {pid: processes.command_line(pid) for pid in started}
        return [[pid] for pid, line in lines.items() if " -cp " in line and JVM in line and LAUNCHER not in line]

    def revive(self, victim: str) -> None:
        """Nothing: both are started by the next run."""

    def folder(self, lake: str) -> Path:
        """The lake itself."""
        return self._folder / lake / "lake"

    def settings(self, lake: str) -> str:
        """The path of the settings for a lake; all lakes are made from one corpus."""
        folder = self._folder / lake
        folder.mkdir(exist_ok=True)
        report = {"output": str(folder / "report.html")}
        return str(tiny.write_settings(folder, lake=self.address(lake), report=report, **self._settings))

    def address(self, lake: str) -> str:
        """The lake's name in the settings."""
        return str(self.folder(lake))

    def _started(self, lake: str, words: list[str], environment: dict[str, str]) -> Started:
        """In a process group of its own, of which nothing is left in the end."""
        log = self._folder / lake / "said.log"
        with log.open("ab") as said:
            process = subprocess.Popen(
                words,
                cwd=ROOT,
                env=environment,
                stdout=said,
                stderr=said,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )
        self._running.callback(stop_group, process)
        return Started(process, log)


class StandaloneDoor(LocalDoor):
    """A lake in a folder, and executors of a standalone cluster; the driver is started by spark-submit."""

    name = "standalone"
    victims = {"driver": KILLED, "executor": None, "worker": None}

    def __init__(self, folder: Path, running: ExitStack, cluster: Cluster) -> None:
        super().__init__(folder, running)
        self._cluster = cluster

    def start(self, lake: str) -> Started:
        """By the script that is the image's command for a job."""
        environment = entry_environment(SPARK_MASTER_URL=self._cluster.url, SPARK_SUBMIT_OPTIONS="--driver-memory 1g")
        return self._started(lake, [str(ENTRY / "job.sh"), "run", self.settings(lake)], environment)

    def living(self, victim: str, run: Started) -> list[list[int]]:
        """The driver is a JVM with its Python, and dies as a machine does: both at once."""
        if victim == "driver":
            return [[run.process.pid, *processes.descendants(run.process.pid)]]
        return [[pid] for pid in (self._cluster.workers() if victim == "worker" else self._cluster.executors())]

    def revive(self, victim: str) -> None:
        """A worker is started again by whoever looks after the cluster, an executor by its worker."""
        if victim == "worker":
            self._cluster.start_worker()


class ConnectDoor(LocalDoor):
    """A lake in a folder, Spark in a Connect server, and a client that has neither a JVM nor py4j."""

    name = "Connect"
    victims = {"client": KILLED, "server": LOST}

    def __init__(self, folder: Path, running: ExitStack) -> None:
        super().__init__(folder, running)
        self._port = free_port()
        self._serve()

    def start(self, lake: str) -> Started:
        """By the command line in the client's environment."""
        words, environment = client_words(self._server, [COMMAND, "run", self.settings(lake)])
        return self._started(lake, words, environment)

    def living(self, victim: str, run: Started) -> list[list[int]]:
        """The client's process, or the server's."""
        return [[run.process.pid if victim == "client" else self._process.pid]]

    def revive(self, victim: str) -> None:
        """The server is started again where it was."""
        if victim == "server":
            self._process.wait()
            self._serve()

    def _serve(self) -> None:
        self._server, self._process = self._running.enter_context(connect_server(self._folder, self._port))


class BucketDoor(LocalDoor):
    """A lake in a private bucket, over a corpus in a public one."""

    name = "s3a"

    def __init__(self, folder: Path, running: ExitStack, server: s3.Server) -> None:
        super().__init__(folder, running, f"s3://{s3.PUBLIC}/tiny", storage=server.storage)
        server.upload(folder / "corpus", "tiny")
        self._server = server

    def start(self, lake: str) -> Started:
        """By the command line, with the credentials under the names that the settings give."""
        words = [sys.executable, "-m", "jobs.cli", "run", self.settings(lake)]
        return self._started(lake, words, self._server.environment)

    def address(self, lake: str) -> str:
        """As Spark spells it."""
        return f"s3a://{s3.LAKES}/{lake}"

    def folder(self, lake: str) -> Path:
        """A copy of what lies in the bucket now."""
        copy = self._folder / lake / "copy"
        self._server.download(lake, copy)
        return copy


@contextmanager
def local(folder: Path) -> Iterator[LocalDoor]:
    """A local master and a local lake."""
    with ExitStack() as running:
        yield LocalDoor(folder, running)


@contextmanager
def on_a_cluster(folder: Path) -> Iterator[StandaloneDoor]:
    """A standalone master with two workers."""
    with standalone(folder) as cluster, ExitStack() as running:
        yield StandaloneDoor(folder, running, cluster)


@contextmanager
def over_connect(folder: Path) -> Iterator[ConnectDoor]:
    """A Spark Connect server."""
    with ExitStack() as running:
        yield ConnectDoor(folder, running)


@contextmanager
def in_a_bucket(folder: Path) -> Iterator[BucketDoor]:
    """An S3 server."""
    with s3.server(folder / "s3.log") as server, ExitStack() as running:
        yield BucketDoor(folder, running, server)
