"""Writes rows into a table for the holder of a lease, one wave at a time, exactly once.

If the table has no rows of a wave's shards, the wave is appended: that reads nothing, conflicts with no other commit
and takes 0.2 s. Existing rows are replaced in the same commit that writes the new ones, so readers find either the old
or the new rows. If the lake lies in a local folder, rows that fit the driver pass through it: Spark's append takes
0.6 s (the first one 5 s), the deltalake library's 0.02 s.

Each commit carries the holder's name and an increasing number, as a Delta transaction. A late commit, from a run that
was taken for dead or after a connection broke, finds a higher number there and writes nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

import pyarrow as pa
from pyspark.sql import DataFrame

from jobs.core.failures import JOB_FAILED
from jobs.core.written import Written, has_rows_of_samples
from jobs.lake.lake import Lake
from jobs.lake.ledger import Unit
from jobs.lake.slices import Slice
from jobs.lake.tables import TABLES
from udfs.tallies import NAMES, names

log = logging.getLogger(__name__)

# The driver takes rows of samples if there are at most so many, in shards of at most so many bytes.
FEW_SAMPLES = 2_000
FEW_BYTES = 4 << 20
# Spark refuses to collect more than this property allows.
TOO_LARGE = "spark.driver.maxResultSize"
# If others have rows, at most so many shards are replaced in one commit: Delta makes a condition of their names, which
# each task compiles.
REPLACED = 500
# A number above all numbers that a holder gives its commits.
LAST = 1 << 62


def few_samples(units: Sequence[Unit]) -> bool:
    """Whether the driver takes the rows of the samples of these units."""
    samples = sum(unit.samples or 0 for unit in units)
    return samples <= FEW_SAMPLES and sum(unit.bytes or 0 for unit in units) <= FEW_BYTES


@dataclass
class Writer:
    """Writes `partitions` of a table for the holder `owner` of a lease; `fits` says if the driver takes units' rows."""

    lake: Lake
    table: str
    partitions: Slice
    owner: str
    fits: Callable[[Sequence[Unit]], bool] = few_samples
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

    def most(self, units: Sequence[Unit]) -> int:
        """How many of these units one commit takes: all of them, unless it would have to name more than REPLACED."""
        if len(units) <= REPLACED or not self.replaces(unit.shard for unit in units) or self.replaces_all(units):
            return len(units)
        return REPLACED

    def replaces_all(self, units: Sequence[Unit]) -> bool:
        """Whether no other shards have rows: then whole files are dropped, and none is read and written again.

        Only asked of tables with few rows of a shard.
        """
        if has_rows_of_samples(self.table) or not self.there.issubset(unit.shard for unit in units):
            return False
        stored = self.lake.table(self.table, ["shard"], **self.partitions)["shard"].unique()
        return set(stored.to_pylist()).issubset(unit.shard for unit in units)

    def put(self, units: Sequence[Unit], frame: DataFrame) -> None:
        """Write the rows of these units' shards in one commit; they replace existing rows of these shards."""
        number, where = self._next(), self._replaced(units)
        # To replace some shards of a file, it is read and written again: Spark does that in parts.
        rows = None if where and "shard" in where else self._taken(units, frame)
        if rows is not None:
            self.lake.write_once(self.table, where, rows, self.owner, number)
        elif where is None:
            self.lake.append(self.table, frame, **_transaction(self.owner, number))
        else:
            self.lake.replace(self.table, where, frame, **_transaction(self.owner, number))
        self.there.update(unit.shard for unit in units)

    def _replaced(self, units: Sequence[Unit]) -> Slice | None:
        """The slice whose rows give way to those of these units; None if there are none."""
        shards = [unit.shard for unit in units]
        if not self.replaces(shards):
            return None
        return self.partitions if self.replaces_all(units) else {**self.partitions, "shard": shards}

    def _taken(self, units: Sequence[Unit], frame: DataFrame) -> pa.Table | None:
        """The rows of a small wave; None if Spark has to write them."""
        if not self.fits(units) or not self.lake.takes_few(self.table):
            return None
        try:
            return frame.select(*TABLES[self.table].column_names).toArrow()
        except JOB_FAILED as error:
            # A small compressed shard may hold gigabytes.
            if TOO_LARGE not in str(error):
                raise
            log.info("%s: a wave is too large for the driver, so Spark writes it", self.table)
            return None

    def settle(self, units: Sequence[Unit]) -> None:
        """After a failed commit: make sure that it can no longer succeed, and find out what it has written."""
        self._close(self.owner, self._next())
        self.look(units)

    def shut_out(self, owner: str) -> None:
        """Make sure that no commit of this holder can still succeed."""
        self._close(owner, LAST)

    def _close(self, owner: str, number: int) -> None:
        self.lake.append(self.table, self.lake.frame(self.table, []), **_transaction(owner, number))

    def _next(self) -> int:
        self.commits += 1
        return self.commits


def _transaction(owner: str, number: int) -> dict[str, str]:
    return {"txnAppId": owner, "txnVersion": str(number)}
