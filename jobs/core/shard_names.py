"""Renames or removes the rows of shards, in every table and under every spec."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial

from jobs.core.context import Context
from jobs.core.frames import of_shards
from jobs.core.writer import Writer
from jobs.lake.lake import Lake
from jobs.lake.lease import Lease
from jobs.lake.slices import spark_condition
from jobs.lake.tables import LEDGER, TABLES

# The tables in which stages write rows of a corpus's shards. Where rows are of a set too, the shards are the set's.
SHARD_TABLES = tuple(
    name
    for name, table in TABLES.items()
    if {"corpus", "shard"} <= set(table.column_names) and "set" not in table.column_names and name != LEDGER.name
)


@contextmanager
def sole_writer(context: Context, corpus: str, stages: Sequence[str]) -> Iterator[Callable[[], None]]:
    """Keep all others from writing these stages of a corpus while the context is open; the ledger is read anew.

    Yields a function to call before each commit: it raises LeaseHeld if a lease was lost. Entering the context raises
    LeaseHeld if another run holds a lease.
    """
    leases = [Lease(context.lake, corpus, stage, context.settings.lease_seconds) for stage in stages]

    def still_mine() -> None:
        for lease in leases:
            lease.still_mine()

    with ExitStack() as held:
        for lease in leases:
            held.enter_context(lease.hold(partial(_shut_out, context.lake)))
        context.ledger.refresh()
        context.record_run()
        yield still_mine
        context.ledger.refresh()


def _shut_out(lake: Lake, owner: str) -> None:
    """Make sure that no commit of this dead holder can still succeed."""
    for table in SHARD_TABLES:
        if lake.exists(table):
            Writer(lake, table, {}, owner).shut_out(owner)


def remove(lake: Lake, corpus: str, shards: Sequence[str], still_mine: Callable[[], None]) -> dict[str, int]:
    """Remove the rows of shards; returns the number of removed rows by table."""
    removed = {}
    for table in SHARD_TABLES:
        still_mine()
        removed[table] = lake.rename(table, {"corpus": corpus}, "shard", dict.fromkeys(shards))
    return removed


def rename(lake: Lake, corpus: str, names: Mapping[str, str], still_mine: Callable[[], None]) -> None:
    """Give shards other names. Each table is changed in one commit; rows already under the new names are removed.

    A table without a row under an old name is left alone: an earlier attempt has changed it.
    """
    for table in SHARD_TABLES:
        left = _with_rows(lake, table, corpus, sorted(names))
        cleared: dict[str, str | None] = {names[shard]: None for shard in left}
        still_mine()
        lake.rename(table, {"corpus": corpus}, "shard", cleared | {shard: names[shard] for shard in left})


def _with_rows(lake: Lake, table: str, corpus: str, shards: Sequence[str]) -> list[str]:
    rows = of_shards(lake.read(table).where(spark_condition({"corpus": corpus})), shards)
    return sorted(rows.select("shard").distinct().toArrow()["shard"].to_pylist())
