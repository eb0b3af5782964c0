"""The subcommand `lookup`: one concept, on a list or not."""

from __future__ import annotations

import json
import sys
from argparse import Namespace
from dataclasses import asdict

from jobs.core.context import Context
from jobs.core.opening import open_lake
from jobs.results.lookup import look_up
from jobs.settings.settings import Settings


def lookup(settings: Settings, arguments: Namespace) -> int:
    """Show one concept: its frequency by corpus and search, its rank, and the performance that the fits expect."""
    rows = look_up(Context.looking(settings, open_lake(settings), "lookup"), arguments.concept, arguments.terms)
    if arguments.json:
        print(json.dumps([asdict(row) for row in rows]))
        return 0
    for row in rows:
        sys.stdout.write(str(row) + "\n")
    return 0
