"""A job of four tasks on two cores, watched while it runs: prints the tasks done and of how many, in their order."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pyarrow as pa
from pyspark.sql import SparkSession

from jobs.core.frames import one_task_each
from jobs.core.session import watch_tasks

SECONDS = 4.0


def slow(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """The same batches, after a while."""
    time.sleep(SECONDS)
    yield from batches


session = SparkSession.builder.getOrCreate()
seen: list[tuple[int, int] | None] = []
over = threading.Event()
with watch_tasks(session) as tasks:

    def look() -> None:
        """Note what is shown, whenever it changes."""
        while not over.wait(0.1):
            if tasks() not in seen[-1:]:
                seen.append(tasks())

    watcher = threading.Thread(target=look)
    watcher.start()
    one_task_each(session, 4).mapInArrow(slow, "id BIGINT").toArrow()
    over.set()
    watcher.join()
print(seen)
