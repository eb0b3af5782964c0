"""A small run without Spark: test_campaign.py starts `python rows.py LAKE resumes|repeats|skips`.

It writes the rows 0 to 4 into the table `shards`, one commit each. Started again it resumes after the last row, or
begins anew beside what is there, or leaves one out.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import pyarrow as pa
from deltalake import DeltaTable, write_deltalake

ROWS = 5
# As long as all the imports, so that most kills meet a run that has written something.
PAUSE = 0.4  # s

if __name__ == "__main__":
    lake, manner = sys.argv[1:]
    table = str(Path(lake) / "shards")
    # From the log, not by a scan: a process that ends right after a scan through deltalake's own file system may abort
    # (arrow issue 39862), as if it had been killed.
    actions = DeltaTable(table).get_add_actions() if DeltaTable.is_deltatable(table) else None
    done = sum(pa.table(actions)["num_records"].to_pylist()) if actions else 0
    first = {"resumes": done, "repeats": 0, "skips": done + 1 if done else 0}[manner]
    for row in range(first, ROWS):
        write_deltalake(table, pa.table({"row": [row], "state": ["done"]}), mode="append")
        time.sleep(PAUSE)
