"""`migrate`: a lake that an older release wrote, brought up to this one."""

from __future__ import annotations

from argparse import Namespace

from jobs.core import migration
from jobs.core.lake import Lake
from jobs.core.session import get_session
from jobs.core.settings import Settings


def migrate(settings: Settings, arguments: Namespace) -> int:
    """Add what the lake's tables lack; one line a table. A lake of this release is left as it is."""
    lake = Lake(get_session(settings.spark), settings.lake)
    steps = migration.missing(lake) if arguments.dry_run else migration.migrate(lake)
    for step in steps:
        print(step)
    if not steps:
        print(f"{settings.lake}: no table is older than this release")
    return 0
