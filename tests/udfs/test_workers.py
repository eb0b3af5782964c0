"""What executors log is heard in a Spark worker, and nowhere is it set up where it is not ours to."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pytest
from pyspark import cloudpickle

from udfs.workers import log_in_worker


@pytest.fixture(autouse=True)
def sent_by_value() -> Iterator[None]:
    """Workers cannot import this module."""
    cloudpickle.register_pickle_by_value(sys.modules[__name__])
    yield
    cloudpickle.unregister_pickle_by_value(sys.modules[__name__])


def listen(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Whether a line at info is let through, and by how many handlers it is written, also those of the root."""
    for _ in batches:
        log_in_worker()
        log_in_worker()
        # As open_clip does where it loads a model: this gives the root a handler where it has none.
        logging.info("loading")
        line: logging.Logger | None = logging.getLogger("udfs.images.task")
        after, handlers = line.isEnabledFor(logging.INFO), 0
        while line is not None:
            handlers += len(line.handlers)
            line = line.parent if line.propagate else None
        yield pa.RecordBatch.from_pydict({"after": [after], "handlers": [handlers]})


def test_a_worker_writes_lines_at_info_once(spark: Any) -> None:
    frame = spark.range(0, 1, 1, 1).mapInArrow(listen, "after BOOLEAN, handlers LONG")
    (row,) = frame.collect()
    assert row.after and row.handlers == 1


def test_a_process_that_is_no_worker_is_left_alone() -> None:
    ours = logging.getLogger("udfs")
    before = ours.level, list(ours.handlers)
    log_in_worker()
    assert (ours.level, ours.handlers) == before
