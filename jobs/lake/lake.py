"""A lake: the place of the tables, and the few ways in which they are written.

A lake is a folder, a URI, or `catalog.schema` (`jobs.lake.location`). A table is created when it is first written.
Every write replaces a named slice in one Delta commit, so writing the same rows twice has the effect of writing them
once.
"""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

from jobs.lake import creation, small_tables
from jobs.lake.conflicts import is_conflict, tell_conflicts
from jobs.lake.location import Location, parse
from jobs.lake.slices import Slice, spark_literal, spark_replace_condition
from jobs.lake.tables import LEASES, TABLES, Table

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import DataFrame, SparkSession

log = logging.getLogger(__name__)

COMMIT_ATTEMPTS = 8
Result = TypeVar("Result")


@dataclass(frozen=True)
class Lake:
    """The tables at `location`, with a Spark session from outside, or one that `start` makes when it is first needed.

    Without a session, small tables can still be read (`rows`) if the deltalake library opens them. `guards` are called
    before every write and raise if it is not allowed: a lake on S3 must have one (`lease.sole_driver`). `past` has the
    Delta versions of tables that are read as they were (`as_of`).
    """

    given: SparkSession | None
    location: str
    start: Callable[[], SparkSession] | None = field(default=None, compare=False)
    guards: list[Callable[[], None]] = field(default_factory=list, compare=False, repr=False)
    past: Mapping[str, int] = field(default_factory=dict, compare=False)
    _known: set[str] = field(default_factory=set, compare=False, repr=False)

    @cached_property
    def at(self) -> Location:
        """The parsed location; raises ValueError if it cannot be one."""
        return parse(self.location)

    @property
    def without_spark(self) -> bool:
        """Whether small tables are read without Spark: always in a local folder, and everywhere without a session."""
        return self.at.folder is not None or self.session is None

    @cached_property
    def opens(self) -> bool:
        """Whether the deltalake library reads the tables; if it reaches a bucket, also beside a session."""
        return self.without_spark or small_tables.opens(self.at)

    @property
    def session(self) -> SparkSession | None:
        """The session, if there is one by now."""
        return self.given or self.__dict__.get("_started")

    @property
    def computes(self) -> bool:
        """Whether there is a session, or one can be started; a lake that was opened for looking only has none."""
        return self.session is not None or self.start is not None

    @cached_property
    def _started(self) -> SparkSession:
        if self.start is None:
            raise RuntimeError(f"{self.at}: opened without a Spark session, so nothing can be computed")
        return self.start()

    @property
    def spark(self) -> SparkSession:
        """The session; raises RuntimeError if the lake was opened for looking only."""
        return self.given or self._started

    def exists(self, name: str) -> bool:
        """Whether the table was ever written; raises LakeVersion if another release wrote it."""
        if name in self._known:
            return True
        properties = self._properties(name)
        if properties is None:
            return False
        small_tables.check_version(self.at, name, properties)
        self._known.add(name)
        return True

    def schema_version(self, name: str) -> int | None:
        """The schema version of a table that this release or an older one wrote; None if there is no table.

        Raises LakeVersion if a newer release wrote the table, or no release did.
        """
        properties = self._properties(name)
        return None if properties is None else small_tables.readable_version(self.at, name, properties)

    def _properties(self, name: str) -> dict[str, str] | None:
        """A table's properties; None if there is no table."""
        if self.without_spark:
            return small_tables.properties(self.at, name)
        return creation.properties(self.spark, self.at, name)

    def read(self, name: str) -> DataFrame:
        """The table; without rows if it was never written."""
        if not self.exists(name):
            return self.frame(name, [])
        if name in self.past:
            return self.spark.sql(f"SELECT * FROM {self.at.sql(name)} VERSION AS OF {self.past[name]}")
        return self.spark.read.table(self.at.sql(name))

    def by_library(self, name: str) -> bool:
        """Whether the deltalake library writes a small table: any in a local folder, and the leases on S3.

        Its commits to S3 exclude one another, Spark's do not.
        """
        return self.at.folder is not None or (self.at.is_s3 and name == LEASES.name)

    def opens_files(self, name: str) -> bool:
        """Whether an existing table's Parquet files can be read by path and hold exactly its rows."""
        return self.at.folder is not None and small_tables.is_plain(self.at, name)

    def spans(self, name: str, partitions: Slice) -> list[small_tables.Span]:
        """The files of these partitions of a table, with bounds of their shards, if `opens_files`."""
        return small_tables.spans(self.at, name, partitions)

    def rows(self, name: str, columns: list[str] | None = None, **equals: Any) -> list[dict[str, Any]]:
        """Rows whose columns equal `equals` (a list: one of its values); none if there is no table.

        For small tables (O(shards + concepts)), or few rows of a large one.
        """
        return self.table(name, columns, **equals).to_pylist(maps_as_pydicts="strict")

    def columns(self, name: str, *names: str, **equals: Any) -> list[list[Any]]:
        """`rows` by column, each as a list; for half a million rows it takes a third of the time of dictionaries."""
        table = self.table(name, names, **equals)
        return [table.column(column).to_pylist() for column in names]

    def distinct(self, name: str, *names: str) -> set[tuple[Any, ...]]:
        """The distinct combinations of values of some columns of a small table, as tuples."""
        found = self.table(name, names).group_by(list(names)).aggregate([])
        return set(zip(*(found[column].to_pylist() for column in names), strict=True))

    def table(self, name: str, columns: Sequence[str] | None = None, **equals: Any) -> pa.Table:
        """A small table; Spark is not used if it lies in a local folder."""
        if self.without_spark or self.by_library(name):
            return small_tables.read_table(self.at, name, columns, self.past.get(name), **equals)
        frame = self.read(name)
        for column, value in equals.items():
            frame = frame.where(frame[column].isin(value) if isinstance(value, list) else frame[column] == value)
        return frame.select(*(columns or TABLES[name].column_names)).toArrow()

    def batches(self, name: str, columns: Sequence[str], **equals: Any) -> Iterator[pa.RecordBatch]:
        """Columns of a table of any size, a record batch at a time, without Spark."""
        return small_tables.read_batches(self.at, name, columns, **equals)

    def version(self, name: str) -> int:
        """The table's newest Delta version; Spark is not used if it lies in a local folder."""
        if self.without_spark:
            return small_tables.version(self.at, name)
        history = self.spark.sql(f"DESCRIBE HISTORY {self.at.sql(name)} LIMIT 1")
        return int(history.select("version").toArrow().column("version")[0].as_py())

    def versions(self, name: str) -> list[tuple[int, datetime]]:
        """The table's Delta versions that its log still has, ascending, each with the time of its commit (UTC)."""
        if self.without_spark:
            return sorted(small_tables.versions(self.at, name))
        if not self.exists(name):
            return []
        history = self.spark.sql(f"DESCRIBE HISTORY {self.at.sql(name)}").select("version", "timestamp").toArrow()
        times = (one.as_py().astimezone(UTC) for one in history["timestamp"])
        return sorted(zip(history["version"].to_pylist(), times, strict=True))

    def as_of(self, versions: Mapping[str, int]) -> Lake:
        """The lake whose `table`, `rows`, `columns` and `read` show these tables as they were in these versions."""
        return replace(self, past=versions)

    def ensure(self, name: str) -> None:
        """Create the table if it does not exist, after the guards have agreed to a write."""
        self._guard(name)
        if self.exists(name):
            return
        retry_conflicts(lambda: creation.create(self.spark, self.at, name))
        self._known.add(name)

    def _guard(self, name: str) -> None:
        if name == LEASES.name:
            return
        if self.at.is_s3 and not self.guards:
            raise RuntimeError(f"{self.at}: {name} is written outside of sole_driver")
        for guard in self.guards:
            guard()

    def holds_nothing(self, name: str, partitions: Slice) -> bool:
        """Whether these partitions of an existing table have no file; False if only Spark could tell."""
        return self.at.folder is not None and small_tables.is_empty(self.at, name, partitions)

    def append(self, name: str, frame: DataFrame, **options: str) -> None:
        """Add the rows of `frame` in one commit. `options` are those of Delta's writer."""
        self.ensure(name)
        retry_conflicts(lambda: self._save(name, frame, mode="append", **options))

    def replace(self, name: str, where: Slice, frame: DataFrame, **options: str) -> None:
        """Replace a slice's rows by those of `frame`, in one commit; an empty frame deletes them.

        After a conflict with another commit (maintenance) the write is retried. That evaluates `frame` again, so a
        frame that runs a model must be staged first (see `jobs.core.waves`).
        """
        self.ensure(name)
        condition = spark_replace_condition(where)
        retry_conflicts(lambda: self._save(name, frame, mode="overwrite", replaceWhere=condition, **options))

    def replace_rows(self, name: str, where: Slice, rows: Sequence[Mapping[str, Any]]) -> None:
        """`replace` with rows that the driver holds: a commit takes 20 ms in a local folder, and 0.9 s by Spark."""
        self.ensure(name)
        if self.by_library(name):
            retry_conflicts(lambda: small_tables.write_rows(self.at, name, where, rows))
        else:
            self.replace(name, where, self.frame(name, rows))

    def exchange_row(
        self, name: str, keys: Mapping[str, str], seen: Mapping[str, Any] | None, row: Mapping[str, Any]
    ) -> None:
        """Replace the row `seen` (None: no row) by `row` among the rows with these keys, in one commit.

        If another row is there by now, nothing is written, or a conflict is raised. Of several writers that
        exchange the same row one succeeds, and each can read which.
        """
        self.ensure(name)
        if self.by_library(name):
            return small_tables.exchange_row(self.at, name, keys, seen, row)
        new, update = self.frame(name, [row]), ""
        if seen is not None:
            new = new.crossJoin(
                self.frame(name, [seen]).toDF(*(f"seen_{column}" for column in TABLES[name].column_names))
            )
            still = " AND ".join(f"old.`{column}` <=> new.`seen_{column}`" for column in seen)
            update = f"WHEN MATCHED AND {still} THEN UPDATE SET *"
        # Compare the partition's columns with literals: otherwise a commit to any other partition would be a conflict.
        same = " AND ".join(f"old.`{key}` = {spark_literal(value)}" for key, value in keys.items())
        merge = f"MERGE INTO {self.at.sql(name)} AS old USING {{new}} AS new ON {same}"
        self.spark.sql(f"{merge} {update} WHEN NOT MATCHED THEN INSERT *", new=new)

    def replace_arrow(self, name: str, where: Slice, data: pa.Table) -> None:
        """`replace` with an Arrow table that the driver holds, for hundreds of thousands of rows."""
        self.ensure(name)
        if self.at.folder:
            retry_conflicts(lambda: small_tables.write_arrow(self.at, name, where, data))
        else:
            self.replace(name, where, self._arrow_frame(name, data))

    def append_arrow(self, name: str, data: pa.Table) -> None:
        """`append` with an Arrow table that the driver holds."""
        self.ensure(name)
        if self.at.folder:
            retry_conflicts(lambda: small_tables.write_arrow(self.at, name, None, data))
        else:
            self.append(name, self._arrow_frame(name, data))

    def takes_few(self, name: str) -> bool:
        """Whether `write_once` can write the table, which is made if there is none."""
        self.ensure(name)
        return self.at.folder is not None and small_tables.is_common(self.at, name)

    def write_once(self, name: str, where: Slice | None, data: pa.Table, owner: str, number: int) -> None:
        """Add rows that the driver holds to a table that `takes_few`, in place of those of a slice if one is given.

        Nothing is written if `owner` has made a commit of this or a higher number.
        """
        self._guard(name)
        retry_conflicts(lambda: small_tables.write_once(self.at, name, where, data, owner, number))

    def rename(self, name: str, keys: Mapping[str, str], column: str, names: Mapping[str, str | None]) -> int:
        """Give rows with these keys another name in `column`, or delete them if it is None; returns their number.

        This is one commit. The names are joined with the table as rows, so that there may be 10^5 of them.
        """
        if not names or not self.exists(name):
            return 0
        self._guard(name)
        pairs = self.spark.createDataFrame(list(names.items()), "was STRING, now STRING")
        # Literals of the partition's columns, and bounds of the names, by which Delta skips whole files.
        same = [f"old.`{key}` = {spark_literal(value)}" for key, value in keys.items()]
        same += [f"old.`{column}` BETWEEN {spark_literal(min(names))} AND {spark_literal(max(names))}"]
        merge = (
            f"MERGE INTO {self.at.sql(name)} AS old USING {{pairs}} AS new "
            f"ON {' AND '.join(same)} AND old.`{column}` = new.was "
            f"WHEN MATCHED AND new.now IS NULL THEN DELETE WHEN MATCHED THEN UPDATE SET `{column}` = new.now"
        )
        done = retry_conflicts(lambda: self.spark.sql(merge, pairs=pairs).toArrow())
        return int(done["num_affected_rows"][0].as_py())

    def frame(self, name: str, rows: Sequence[Mapping[str, Any]]) -> DataFrame:
        """Rows that the driver holds, as a frame with the table's columns."""
        names = TABLES[name].column_names
        return self.spark.createDataFrame([tuple(row.get(key) for key in names) for row in rows], _ddl(TABLES[name]))

    def _arrow_frame(self, name: str, data: pa.Table) -> DataFrame:
        # Spark takes no lists or maps without chunks, as an empty table has them.
        return self.spark.createDataFrame(data, _ddl(TABLES[name])) if data.num_rows else self.frame(name, [])

    def _save(self, name: str, frame: DataFrame, mode: str, **options: str) -> None:
        writer = frame.select(*TABLES[name].column_names).write.format("delta").mode(mode).options(**options)
        if self.at.is_catalog:
            writer.saveAsTable(self.at.sql(name))
        else:
            writer.save(self.at.spark(name))


def retry_conflicts(commit: Callable[[], Result]) -> Result:
    """Run a commit, and again if it conflicts with another one; raises the last conflict."""
    tell_conflicts()
    for attempt in range(1, COMMIT_ATTEMPTS):
        try:
            return commit()
        except Exception as error:
            if not is_conflict(error):
                raise
            log.info("commit attempt %d conflicts with another commit (%s): retrying", attempt, type(error).__name__)
            time.sleep(random.uniform(0.1, 0.3) * 2 ** min(attempt, 5))
    return commit()


def _ddl(table: Table) -> str:
    return ", ".join(f"`{column.name}` {column.type}" for column in table.columns)
