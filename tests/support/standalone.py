"""A standalone cluster of this machine, by the container entry scripts: a master, and workers that may be killed."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import processes
from entry_scripts import LOOPBACK, cluster_state, entry_process, free_port, wait_for, workers_alive

EXECUTOR = "CoarseGrainedExecutorBackend"


class Cluster:
    """A master, and workers of one core and 1 GiB each."""

    def __init__(self, folder: Path, running: ExitStack) -> None:
        self._folder = folder
        self._running = running
        self._port, self.webui = free_port(), free_port()
        self.url = f"spark://{LOOPBACK}:{self._port}"
        self._workers: list[subprocess.Popen[bytes]] = []

    def start_master(self) -> None:
        """Return once its page answers."""
        log = self._folder / "master.log"
        ports = {"SPARK_MASTER_PORT": str(self._port), "SPARK_MASTER_WEBUI_PORT": str(self.webui)}
        self._running.enter_context(entry_process("master.sh", log, SPARK_MASTER_HOST=LOOPBACK, **ports))
        wait_for(lambda: cluster_state(self.webui) is not None, "the master", log)

    def start_worker(self) -> None:
        """Start one more, and do not wait for it."""
        name = f"worker-{len(self._workers) + 1}"
        process = entry_process(
            "worker.sh",
            self._folder / f"{name}.log",
            SPARK_MASTER_URL=self.url,
            SPARK_WORKER_HOST=LOOPBACK,
            SPARK_WORKER_MEMORY="1g",
            SPARK_WORKER_DIR=str(self._folder / name),
            SPARK_WORKER_WEBUI_PORT="0",
        )
        self._workers.append(self._running.enter_context(process))

    def workers(self) -> list[int]:
        """The processes of the workers that live."""
        return [worker.pid for worker in self._workers if worker.poll() is None]

    def executors(self) -> list[int]:
        """The processes of the executors that those workers have started."""
        started = [pid for worker in self.workers() for pid in processes.descendants(worker)]
        return [pid for pid in started if EXECUTOR in processes.command_line(pid)]


@contextmanager
def standalone(folder: Path, workers: int = 2) -> Iterator[Cluster]:
    """A cluster of which every worker has registered."""
    with ExitStack() as running:
        cluster = Cluster(folder, running)
        cluster.start_master()
        for _ in range(workers):
            cluster.start_worker()
        wait_for(lambda: workers_alive(cluster.webui) == workers, f"{workers} workers", folder / "worker-1.log")
        yield cluster
