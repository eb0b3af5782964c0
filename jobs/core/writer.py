"""How the holder of a lease puts rows into a table, a wave at a time, exactly once.

Rows of shards that the table has none of are appended: that reads nothing, conflicts with no other commit and takes
0.2 s. Rows that are there are replaced in the same commit that writes the new ones, so that whoever reads finds either.

Each commit carries the holder's name and a number that grows, as a Delta transaction. A commit that comes late, from a
run that was taken for dead or after a connection broke, finds a higher number there and writes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from pyspark.sql import DataFrame

from jobs.core.frames import of_shards
from jobs.lake.lake import Lake
from jobs.lake.slices import Slice, spark_condition

# So many shards at most are replaced in one commit: Delta takes their names for a condition that each task compiles.
REPLACED = 500
# Above every number that a holder gives its commits.
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

    def look(self, shards: Sequence[str]) -> None:
        """Find out which of these shards have rows: left by a run that was killed, or to be made again."""
        if self.lake.exists(self.table) and not self.lake.holds_nothing(self.table, self.partitions):
            rows = self.lake.read(self.table).where(spark_condition(self.partitions)).select("shard")
            found = of_shards(rows, shards).distinct().toArrow()
            self.there.update(found["shard"].to_pylist())

    def replaces(self, shards: Iterable[str]) -> bool:
        """Whether some of these shards may have rows."""
        return not self.there.isdisjoint(shards)

    def put(self, shards: Sequence[str], frame: DataFrame) -> None:
        """Write the rows of these shards in one commit, in the place of those that are there."""
        options = self._transaction(self.owner, self._next())
        if self.replaces(shards):
            self.lake.replace(self.table, {**self.partitions, "shard": shards}, frame, **options)
        else:
            self.lake.append(self.table, frame, **options)
        self.there.update(shards)

    def settle(self, shards: Sequence[str]) -> None:
        """After a commit that failed: nothing comes of it any more, and what came of it is known."""
        self._close(self.owner, self._next())
        self.look(shards)

    def shut_out(self, owner: str) -> None:
        """Nothing comes any more of the commits of a holder."""
        self._close(owner, LAST)

    def _close(self, owner: str, number: int) -> None:
        self.lake.append(self.table, self.lake.frame(self.table, []), **self._transaction(owner, number))

    def _next(self) -> int:
        self.commits += 1
        return self.commits

    def _transaction(self, owner: str, number: int) -> dict[str, str]:
        return {"txnAppId": owner, "txnVersion": str(number)}
