"""`migrate`: brings a lake from an older release up to this one."""

from __future__ import annotations

from argparse import Namespace

from jobs.core.session import open_for_work
from jobs.lake import migration
from jobs.settings.settings import Settings


def migrate(settings: Settings, arguments: Namespace) -> int:
    """Bring the lake's tables up to this release; prints one line per table. A lake of this release is unchanged."""
    lake = open_for_work(settings)
    steps = migration.missing(lake) if arguments.dry_run else migration.migrate(lake)
    for step in steps:
        print(step)
    if not steps:
        print(f"{lake.at}: no table is older than this release")
    return 0
