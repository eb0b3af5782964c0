"""A `maintain` that kills itself: test_maintain_kills.py starts `python interrupted_maintain.py CONFIG N before|after`.

The N-th step (counted from 1: commits, deletions, checkpoints) does not happen, or is the last thing that happens.
"""

from __future__ import annotations

import sys

from steps import Steps

from jobs import cli
from jobs.core import staging
from jobs.lake import small_tables, upkeep

if __name__ == "__main__":
    config, number, moment = sys.argv[1:]
    steps = Steps.killed(int(number), moment)
    steps.watch(small_tables, "write_rows", "exchange_row")
    steps.watch(upkeep, "_compact_by_library", "vacuum", "checkpoint")
    steps.watch(staging, "remove")
    sys.exit(cli.main(["maintain", config, "--drop-superseded", "--log-level", "error"]))
