"""Writes rows into a table for the holder of a lease, one wave at a time, exactly once.

If the table has no rows of a wave's shards, the wave is appended: that reads nothing, conflicts with no other commit
and takes 0.2 s. Existing rows are replaced in the same commit that writes the new ones, so readers find either the old
or the new rows.

Each commit carries the holder's name and an increasing number, as a Delta transaction. A late commit, from a run that
was taken for dead or after a connection broke, finds a higher number there and writes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from pyspark.sql import DataFrame

from jobs.core.written import Written
from jobs.lake.lake import Lake
from jobs.lake.ledger import Unit
from jobs.lake.slices import Slice
from udfs.tallies import NAMES, names

# At most so many shards are replaced in one commit: Delta makes a condition of their names, which each task compiles.
REPLACED = 500
# A number above all numbers that a holder gives its commits.
LAST = 1 << 62


@dataclass
class Writer:
    """Writes `partitions` of a table for the holder `owner` of a lease."""

    lake: Lake
    table: str
    partitions: Slice
    owner: str
    commits: int = 0
    # Shards that may have rows in the table.
    there: set[str] = field(default_factory=set)

    def look(self, units: Sequence[Unit]) -> None:
        """Find out which of these units' shards have rows, left by a killed run or to be made again."""
        if self.lake.exists(self.table) and not self.lake.holds_nothing(self.table, self.partitions):
            found = Written.of(self.lake, self.table, self.partitions, units).through(names, ("shard",), NAMES)
            self.there.update(found["shard"].to_pylist())

    def replaces(self, shards: Iterable[str]) -> bool:
        """Whether some of these shards may have rows."""
        return not self.there.isdisjoint(shards)

    def put(self, shards: Sequence[str], frame: DataFrame) -> None:
        """Write the rows of these shards in one commit; they replace existing rows of these shards."""
        options = self._transaction(self.owner, self._next())
        if self.replaces(shards):
            self.lake.replace(self.table, {**self.partitions, "shard": shards}, frame, **options)
        else:
            self.lake.append(self.table, frame, **options)
        self.there.update(shards)

    def settle(self, units: Sequence[Unit]) -> None:
        """After a failed commit: make sure that it can no longer succeed, and find out what it has written."""
        self._close(self.owner, self._next())
        self.look(units)

    def shut_out(self, owner: str) -> None:
        """Make sure that no commit of this holder can still succeed."""
        self._close(owner, LAST)

    def _close(self, owner: str, number: int) -> None:
        self.lake.append(self.table, self.lake.frame(self.table, []), **self._transaction(owner, number))

    def _next(self) -> int:
        self.commits += 1
        return self.commits

    def _transaction(self, owner: str, number: int) -> dict[str, str]:
        return {"txnAppId": owner, "txnVersion": str(number)}
