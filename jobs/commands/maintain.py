"""`maintain`: compacts small files, deletes old ones, writes checkpoints, and removes the leftovers of runs."""

from __future__ import annotations

import json
import logging
from argparse import Namespace
from collections.abc import Sequence
from dataclasses import asdict

from deltalake.exceptions import DeltaError
from pyspark.errors import PySparkException

from jobs.core.failures import first_line
from jobs.core.opening import open_lake
from jobs.core.session import open_for_work
from jobs.errors import ConceptfreqError, SettingsError
from jobs.lake.lake import Lake
from jobs.lake.lease import Lease
from jobs.lake.table_files import DELTAS_HOURS, is_safe
from jobs.maintenance.superseded import Superseded
from jobs.maintenance.tables import Upkeep
from jobs.maintenance.whole_lake import Options, carry_out, examine, plan
from jobs.settings.settings import Settings
from udfs.shards.schemes import shown

log = logging.getLogger(__name__)

COLUMNS = ("table", "what", "files", "files after", "bytes freed")
# Spark lists each table's files in so many tasks, even if there are few files: its default, 10,000, takes a minute.
LISTING = {"spark.sql.sources.parallelPartitionDiscovery.parallelism": "64"}
# While this check is on, Spark refuses to delete files that Delta promises to readers of older versions.
RETENTION_CHECK = "spark.databricks.delta.retentionDurationCheck.enabled"


def maintain(settings: Settings, arguments: Namespace) -> int:
    """Do the work that the lake needs, or print it (`--dry-run`); 0, even if there is nothing to do."""
    options = Options(arguments.retention_hours, arguments.drop_superseded, arguments.keep_runs)
    settings = _for_upkeep(settings, options, arguments.unsafe_retention)
    lake = _open(settings, arguments.dry_run)
    try:
        done, superseded = _work(lake, settings, options, arguments.dry_run)
    except (PySparkException, DeltaError, OSError) as error:
        raise ConceptfreqError(
            f"maintain {settings.lake}: {first_line(error)}; start the same command again: finished work is kept"
        ) from error
    _show(settings, done, superseded, arguments)
    return 0


def _for_upkeep(settings: Settings, options: Options, unsafe: bool) -> Settings:
    """Settings for a session that lists files fast, and has Spark's check off if the user accepts the risk."""
    conf = {**LISTING, **settings.spark.conf}
    if not is_safe(options.hours):
        if not unsafe:
            raise SettingsError(
                f"--retention-hours {options.hours}: below Delta's {DELTAS_HOURS}, files may go that readers of "
                "older versions or long commits still need; add --unsafe-retention to accept this"
            )
        log.warning("UNSAFE: versions older than %d hours can no longer be read", options.hours)
        conf[RETENTION_CHECK] = "false"
    return settings.model_copy(update={"spark": settings.spark.model_copy(update={"conf": conf})})


def _open(settings: Settings, dry_run: bool) -> Lake:
    """Open the lake; without Spark for a local folder, and for a dry run."""
    lake = open_lake(settings)
    by_spark = not dry_run and (lake.at.folder is None or not lake.exists("leases"))
    return open_for_work(settings) if by_spark and lake.session is None else lake


def _work(lake: Lake, settings: Settings, options: Options, dry_run: bool) -> tuple[list[Upkeep], Sequence[Superseded]]:
    """The work that was done, or is to be done, and the superseded slices that stay."""
    lease = Lease.of_whole_lake(lake, settings.lease_seconds)
    if not dry_run:
        lease.refuse_overlapping()
    found = examine(lake, settings, options)
    planned = plan(lake, found, options)
    if planned and not dry_run:
        with lease.hold():
            planned = carry_out(lake, settings, options, lease, planned)
    return planned, () if options.drop else found.superseded


def _show(settings: Settings, done: Sequence[Upkeep], superseded: Sequence[Superseded], arguments: Namespace) -> None:
    if arguments.json:
        rows = {"upkeep": [asdict(one) for one in done], "superseded": [asdict(one) for one in superseded]}
        print(json.dumps(rows, default=str))
        return
    if done:
        print("\n".join(_table([COLUMNS, *(_cells(one) for one in done)])))
    else:
        print(f"{shown(settings.lake)}: nothing to do")
    for one in superseded:
        print(_line(one))


def _cells(one: Upkeep) -> tuple[str, ...]:
    numbers = (one.files, one.files_after, one.bytes)
    return (one.table, one.what, *("-" if number is None else f"{number:,}" for number in numbers))


def _table(rows: Sequence[Sequence[str]]) -> list[str]:
    """Lines with aligned columns; numbers are aligned to the right."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(COLUMNS))]
    lines = []
    for row in rows:
        words = [cell.ljust(width) for cell, width in zip(row[:2], widths, strict=False)]
        numbers = [cell.rjust(width) for cell, width in zip(row[2:], widths[2:], strict=True)]
        lines.append("  ".join([*words, *numbers]))
    return lines


def _line(one: Superseded) -> str:
    when = f"last written {one.written:%Y-%m-%d %H:%M}" if one.written else "not in the ledger"
    return (
        f"superseded: {one.table} of {one.source} under {one.spec}, {one.bytes:,} bytes, {when}: "
        "--drop-superseded deletes it"
    )
