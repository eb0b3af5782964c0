"""An import of other people's results into a lake: one at a time, with the tables that it writes."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Final

import pyarrow as pa

from jobs.core.context import Context
from jobs.core.opening import open_lake
from jobs.lake.lake import Lake
from jobs.lake.lease import Lease, sole_driver
from jobs.lake.tables import Table
from jobs.settings.settings import Settings

# One import of a kind at a time works on a lake, so its lease covers every corpus and set.
EVERYTHING: Final = "*"
ARROW_TYPES: Final = {"STRING": pa.string(), "DOUBLE": pa.float64(), "BIGINT": pa.int64()}


def needs_session(lake: Lake, tables: Collection[str]) -> bool:
    """Whether an import that writes these tables needs Spark: to make one, or to write outside a local folder."""
    return lake.at.folder is None or not all(lake.exists(name) for name in tables)


def import_context(settings: Settings, command: str, tables: Collection[str]) -> Context:
    """The context of a command that imports into these tables, with Spark if it needs that."""
    lake = open_lake(settings)
    if needs_session(lake, tables):
        from jobs.core.session import open_for_work

        lake = open_for_work(settings)
    return Context(settings, lake, command)


def arrow_schema(table: Table) -> pa.Schema:
    """The columns of a table of texts and numbers."""
    return pa.schema([(column.name, ARROW_TYPES[column.type]) for column in table.columns])


@contextmanager
def sole_import(context: Context, stage: str, tables: Collection[str]) -> Iterator[None]:
    """Hold the lease of imports of this kind, with every table made and the run recorded.

    Raises LeaseHeld if another one works on the lake.
    """
    seconds = context.settings.lease_seconds
    with sole_driver(context.lake, seconds), Lease(context.lake, EVERYTHING, stage, seconds).hold():
        for name in tables:
            context.lake.ensure(name)
        context.record_run()
        yield
