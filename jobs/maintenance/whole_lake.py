"""A whole lake looked after: what killed runs left behind, superseded specs, and every table."""

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
    """What the user asks for.

    hours: of older versions that readers keep, None for what the tables say, else Delta's 168. drop: superseded specs,
    but for those under which one of the last `keep_runs` runs wrote.
    """

    hours: int | None = None
    drop: bool = False
    keep_runs: int = 0


@dataclass(frozen=True)
class Findings:
    """What a lake holds: partitions by table, superseded slices, and what killed runs left in the staging area."""

    tables: dict[str, list[Partition]]
    superseded: Sequence[Superseded]
    leftovers: Sequence[staging.Leftover]


def examine(lake: Lake, settings: Settings, options: Options) -> Findings:
    """Look at every table that is there."""
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
    """What is to be done, empty where nothing is."""
    tables = [look(lake, name, ones, options.hours) for name, ones in found.tables.items()]
    return [*_beside_tables(found, options, done=False), *(one for one in tables if one)]


def carry_out(
    lake: Lake, settings: Settings, options: Options, lease: Lease, planned: Sequence[Upkeep]
) -> list[Upkeep]:
    """Do what was planned while the lease of the whole lake is held, and say what was done."""
    found = examine(lake, settings, options)
    for leftover in found.leftovers:
        lease.still_mine()
        staging.remove(lake, leftover)
    dropped = found.superseded if options.drop else ()
    if dropped:
        lease.still_mine()
        drop(lake, dropped)
    done = _beside_tables(found, options, done=True)
    # Spark takes its time to say that a table needs nothing: one that nothing was planned for is not asked again.
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
    """Rows leave the newest version; their files are freed as any old ones."""
    for one in found.superseded:
        what = f"drop {one.spec} of {one.source}"
        yield Upkeep(one.table, what, one.files, 0 if done else None, 0)
