"""The rows of shards, in every table and under every spec, given another name or removed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager

from jobs.core.context import Context
from jobs.core.frames import of_shards
from jobs.core.writer import Writer
from jobs.lake.lake import Lake
from jobs.lake.lease import Lease
from jobs.lake.slices import spark_condition
from jobs.lake.tables import LEDGER, TABLES

# What stages write of shards.
SHARD_TABLES = tuple(
    name for name, table in TABLES.items() if {"corpus", "shard"} <= set(table.column_names) and name != LEDGER.name
)


@contextmanager
def sole_writer(context: Context, corpus: str, stages: Sequence[str]) -> Iterator[Callable[[], None]]:
    """Nobody else writes these stages of a corpus meanwhile; the ledger is read anew.

    Yields what is to be called before each commit: it raises LeaseHeld where a lease was lost, as this does where
    another run holds one.
    """
    leases = [Lease(context.lake, corpus, stage, context.settings.lease_seconds) for stage in stages]

    def still_mine() -> None:
        for lease in leases:
            lease.still_mine()

    with ExitStack() as held:
        for lease in leases:
            held.enter_context(lease.hold())
            if lease.displaced:
                _shut_out(context.lake, lease)
        context.ledger.refresh()
        context.record_run()
        yield still_mine
        context.ledger.refresh()


def _shut_out(lake: Lake, lease: Lease) -> None:
    """Nothing comes any more of what the dead holder of a lease was writing."""
    for table in SHARD_TABLES:
        if lake.exists(table):
            Writer(lake, table, {}, lease.owner).shut_out(str(lease.displaced))


def remove(lake: Lake, corpus: str, shards: Sequence[str], still_mine: Callable[[], None]) -> dict[str, int]:
    """Remove the rows of shards; how many, by table."""
    removed = {}
    for table in SHARD_TABLES:
        still_mine()
        removed[table] = lake.rename(table, {"corpus": corpus}, "shard", dict.fromkeys(shards))
    return removed


def rename(lake: Lake, corpus: str, names: Mapping[str, str], still_mine: Callable[[], None]) -> None:
    """Give shards other names. Each table is changed in one commit; what it has under the new names is removed.

    A table that has no row under an old name is left alone: an earlier attempt has been there.
    """
    for table in SHARD_TABLES:
        left = _with_rows(lake, table, corpus, sorted(names))
        cleared: dict[str, str | None] = {names[shard]: None for shard in left}
        still_mine()
        lake.rename(table, {"corpus": corpus}, "shard", cleared | {shard: names[shard] for shard in left})


def _with_rows(lake: Lake, table: str, corpus: str, shards: Sequence[str]) -> list[str]:
    rows = of_shards(lake.read(table).where(spark_condition({"corpus": corpus})), shards)
    return sorted(rows.select("shard").distinct().toArrow()["shard"].to_pylist())
