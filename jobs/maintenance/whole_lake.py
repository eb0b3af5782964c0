"""The upkeep of a whole lake: leftovers of killed runs, superseded specs, and every table."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from jobs.core import staging
from jobs.core.context import Context
from jobs.errors import SettingsError
from jobs.lake.lake import Lake
from jobs.lake.lease import Lease
from jobs.lake.table_files import Partition, partitions
from jobs.lake.tables import TABLES
from jobs.maintenance.superseded import Superseded, drop, superseded
from jobs.maintenance.tables import Upkeep, look, tend
from jobs.settings.settings import Settings

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Options:
    """The options of the user.

    hours: for so long readers keep older versions; None for the tables' own property, else Delta's 168. drop: whether
    to delete superseded specs, except those under which one of the last `keep_runs` runs wrote.
    """

    hours: int | None = None
    drop: bool = False
    keep_runs: int = 0


@dataclass(frozen=True)
class Findings:
    """The content of a lake: partitions by table, superseded slices, and leftovers of killed runs in staging."""

    tables: dict[str, list[Partition]]
    superseded: Sequence[Superseded]
    leftovers: Sequence[staging.Leftover]


def examine(lake: Lake, settings: Settings, options: Options) -> Findings:
    """Examine every table that exists."""
    tables = {name: partitions(lake, name) for name in TABLES if lake.exists(name)}
    try:
        slices = superseded(Context(settings, lake, "maintain"), tables, options.keep_runs)
    except SettingsError as error:
        if options.drop:
            raise
        log.warning("superseded specs are not looked for: %s", error)
        slices = []
    return Findings(tables, slices, staging.left_behind(lake) if tables else [])


def plan(lake: Lake, found: Findings, options: Options) -> list[Upkeep]:
    """The work to be done; empty if there is none."""
    tables = [look(lake, name, ones, options.hours) for name, ones in found.tables.items()]
    return [*_beside_tables(found, options, done=False), *(one for one in tables if one)]


def carry_out(
    lake: Lake, settings: Settings, options: Options, lease: Lease, planned: Sequence[Upkeep]
) -> list[Upkeep]:
    """Do the planned work while the lease of the whole lake is held, and return what was done."""
    found = examine(lake, settings, options)
    for leftover in found.leftovers:
        lease.still_mine()
        staging.remove(lake, leftover)
    dropped = found.superseded if options.drop else ()
    if dropped:
        lease.still_mine()
        drop(lake, dropped)
    done = _beside_tables(found, options, done=True)
    # Spark is slow to find that a table needs nothing, so a table without planned work is not examined again.
    named = {one.table for one in planned}
    for name in [name for name in found.tables if dropped or name in named]:
        lease.still_mine()
        upkeep = tend(lake, name, partitions(lake, name) if dropped else found.tables[name], options.hours)
        if upkeep:
            log.info("maintain %s: %s", name, upkeep.what)
            done.append(upkeep)
    return done


def _beside_tables(found: Findings, options: Options, done: bool) -> list[Upkeep]:
    return [*_staged(found, done), *(_dropped(found, done) if options.drop else ())]


def _staged(found: Findings, done: bool) -> Iterator[Upkeep]:
    for one in found.leftovers:
        what = "remove what a killed run staged"
        yield Upkeep(f"{staging.FOLDER}/{one.name}", what, one.files, 0 if done else None, one.bytes)


def _dropped(found: Findings, done: bool) -> Iterator[Upkeep]:
    """The dropped slices: their rows leave the newest version, and their files are freed like other old files."""
    for one in found.superseded:
        what = f"drop {one.spec} of {one.source}"
        yield Upkeep(one.table, what, one.files, 0 if done else None, 0)
