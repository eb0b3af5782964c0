"""A command that kills itself: started by test_kills.py as `python interrupted.py CONFIG N before|after [COMMAND ...]`.

The N-th commit of the run (counted from 1, of every table) does not happen, or is the last thing that happens.
"""

from __future__ import annotations

import sys

from steps import Steps

from jobs import cli
from jobs.lake import small_tables
from jobs.lake.lake import Lake

if __name__ == "__main__":
    config, number, moment = sys.argv[1:4]
    steps = Steps.killed(int(number), moment)
    steps.watch(small_tables, "write_rows", "write_arrow", "exchange_row")
    steps.watch(Lake, "_save", "rename")
    command, *options = sys.argv[4:] or ["run"]
    status = cli.main([command, config, *options, "--log-level", "error"])
    sys.stderr.write(f"commits {steps.count}\n")
    sys.exit(status)
