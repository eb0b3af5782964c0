"""A command that kills itself: started by test_kills.py as `python interrupted.py CONFIG N before|after [COMMAND ...]`.

The N-th commit of the run (counted from 1, of every table) does not happen, or is the last thing that happens. The
process dies by SIGKILL, as a machine that loses power would; the JVM goes with it. Heartbeats of a lease are not
counted: how many there are depends on the time.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable
from typing import Any

from jobs import cli
from jobs.lake import small_tables
from jobs.lake.lake import Lake

COMMITS = 0
# The thread in which a lease is kept alive (jobs.lake.lease).
HEARTBEAT = "lease"


def counted(commit: Callable[..., Any], last: int, when: str) -> Callable[..., Any]:
    """`commit`, dying before or after the last one that shall be."""

    def run(*arguments: Any, **options: Any) -> Any:
        global COMMITS
        if threading.current_thread().name == HEARTBEAT:
            return commit(*arguments, **options)
        COMMITS += 1
        if last == COMMITS and when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        result = commit(*arguments, **options)
        if last == COMMITS:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    return run


if __name__ == "__main__":
    config, number, moment = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    small_tables.write_rows = counted(small_tables.write_rows, number, moment)
    small_tables.write_arrow = counted(small_tables.write_arrow, number, moment)
    small_tables.exchange_row = counted(small_tables.exchange_row, number, moment)
    Lake._save = counted(Lake._save, number, moment)  # type: ignore[method-assign]
    Lake.rename = counted(Lake.rename, number, moment)  # type: ignore[method-assign]
    command, *options = sys.argv[4:] or ["run"]
    status = cli.main([command, config, *options, "--log-level", "error"])
    sys.stderr.write(f"commits {COMMITS}\n")
    sys.exit(status)
