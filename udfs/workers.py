"""The Spark worker that a process may be: its task, and its log."""

from __future__ import annotations

import logging
import sys
from typing import Any


def task_context() -> Any:
    """Spark's task context, where this process is a Spark worker (the module has been imported there); else None."""
    module = sys.modules.get("pyspark.taskcontext")
    return module.TaskContext.get() if module is not None else None


def log_in_worker() -> None:
    """Let what executors log at level info be heard in a Spark worker: on its standard error, which Spark keeps.

    Workers set no logging up, so that Python lets only warnings through. What Spark or a platform has set up there is
    used as it is.
    """
    if task_context() is None:
        return
    ours = logging.getLogger("udfs")
    if ours.level == logging.NOTSET:
        ours.setLevel(logging.INFO)
    if not ours.hasHandlers():
        handler = logging.StreamHandler()
        handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
        ours.addHandler(handler)
