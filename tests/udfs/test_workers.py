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
    """Whether lines at info are let through before and after, and by how many handlers."""
    ours = logging.getLogger("udfs")
    for _ in batches:
        before = ours.isEnabledFor(logging.INFO)
        log_in_worker()
        log_in_worker()
        after = logging.getLogger("udfs.images.task").isEnabledFor(logging.INFO)
        yield pa.RecordBatch.from_pydict({"before": [before], "after": [after], "handlers": [len(ours.handlers)]})


def test_a_worker_lets_lines_at_info_through(spark: Any) -> None:
    frame = spark.range(0, 1, 1, 1).mapInArrow(listen, "before BOOLEAN, after BOOLEAN, handlers LONG")
    (row,) = frame.collect()
    # A worker that was used before may have been set up.
    assert row.after and row.handlers == 1


def test_a_process_that_is_no_worker_is_left_alone() -> None:
    ours = logging.getLogger("udfs")
    before = ours.level, list(ours.handlers)
    log_in_worker()
    assert (ours.level, ours.handlers) == before
