"""A `maintain` that kills itself: test_maintain_kills.py starts `python interrupted_maintain.py CONFIG N before|after`.

The N-th step (counted from 1: commits, deletions, checkpoints) does not happen, or is the last thing that happens.
"""

from __future__ import annotations

import sys

from interrupted import counted

from jobs import cli
from jobs.core import staging
from jobs.lake import small_tables, upkeep

if __name__ == "__main__":
    config, number, moment = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    for module, steps in {
        small_tables: ("write_rows", "exchange_row"),
        upkeep: ("_compact_by_library", "vacuum", "checkpoint"),
        staging: ("remove",),
    }.items():
        for step in steps:
            setattr(module, step, counted(getattr(module, step), number, moment))
    sys.exit(cli.main(["maintain", config, "--drop-superseded", "--log-level", "error"]))
