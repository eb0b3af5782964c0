"""The Spark worker that this process may be: its task and its log."""

from __future__ import annotations

import logging
import sys
from typing import Any, Final

# How a line of the log is written, here and by the command line.
LINE: Final = "%(asctime)s %(levelname)s %(name)s: %(message)s"


def task_context() -> Any:
    """Spark's task context if this process is a Spark worker, which has imported the module; else None."""
    module = sys.modules.get("pyspark.taskcontext")
    return module.TaskContext.get() if module is not None else None


def log_in_worker() -> None:
    """Write our messages of level info to a Spark worker's standard error, which Spark keeps, each line once.

    A worker sets up no logging, so Python shows only warnings there. If Spark or a platform has set up logging, it is
    used as it is.
    """
    if task_context() is None:
        return
    ours = logging.getLogger("udfs")
    if ours.level == logging.NOTSET:
        ours.setLevel(logging.INFO)
    if not ours.hasHandlers():
        handler = logging.StreamHandler()
        handler.setFormatter(logging.Formatter(LINE))
        ours.addHandler(handler)
        # open_clip calls logging.info(), which gives the root a handler too: that would write every line once more.
        ours.propagate = False
