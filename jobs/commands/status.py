"""The subcommand `status`: shards planned, done and failed, and why samples were rejected."""

from __future__ import annotations

import json
from argparse import Namespace
from dataclasses import asdict

from jobs.core.context import Context
from jobs.core.opening import open_lake
from jobs.results.corpora.status import status as read_status
from jobs.settings.settings import Settings
from jobs.stages.registry import wanted_stages


def status(settings: Settings, arguments: Namespace) -> int:
    """Show the state of the lake and why samples were rejected, as a table and lines, or as one JSON line."""
    found = read_status(
        Context.looking(settings, open_lake(settings), "status"), wanted_stages(settings), explained=True
    )
    if arguments.json:
        print(json.dumps([asdict(row) for row in found]))
        return 0
    line = "{:<20} {:<10} {:>8} {:>8} {:>8} {:>12}  {:<14} {}"
    print(line.format("corpus", "stage", "planned", "done", "failed", "samples", "bottleneck", "rejects"))
    for row in found:
        rejects = ", ".join(f"{name} {count}" for name, count in row.rejects.items()) or "none"
        slowest = f"{row.bottleneck} {row.share:.0%}" if row.bottleneck is not None else "-"
        print(line.format(row.corpus, row.stage, row.planned, row.done, row.failed, row.samples, slowest, rejects))
    for row in found:
        for reason in row.reasons:
            print(f"{row.corpus} {row.stage}: {reason}")
    return 0
