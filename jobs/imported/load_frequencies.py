"""Writes imported frequencies into the table of counts; a table of the same set, corpus and definition is replaced.

New specs are written first, then all rows in one commit, and specs without rows are deleted last. So rows always have
their spec, a table is there if its spec has rows, and a killed import ends right when it is started again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pyarrow as pa

from jobs.core.context import Context
from jobs.core.importing import arrow_schema, sole_import
from jobs.imported.frequency_tables import FrequencyTable, TableKey
from jobs.lake.lake import Lake
from jobs.lake.specs import Spec, record_all, recorded
from jobs.lake.tables import CONCEPT_COUNTS

STAGE: Final = "frequencies"
# Raise it with every change of this package's code that can change a row.
VERSION: Final = 1
WRITTEN: Final = ("concept_counts", "specs", "runs", "leases")
SCHEMA: Final = arrow_schema(CONCEPT_COUNTS)


@dataclass(frozen=True)
class _Change:
    """Tables to write by spec, specs whose rows are deleted, and specs to forget."""

    write: Mapping[str, FrequencyTable]
    outdated: frozenset[str]
    forgotten: frozenset[str]

    @property
    def is_empty(self) -> bool:
        return not (self.write or self.outdated or self.forgotten)


def load_frequencies(context: Context, tables: Sequence[FrequencyTable]) -> bool:
    """Make the lake hold these tables; returns whether anything had to be written.

    Raises LeaseHeld if another import works on the lake.
    """
    if _compared(context.lake, tables).is_empty:
        return False
    with sole_import(context, STAGE, WRITTEN):
        # Another import may have ended since the first comparison.
        change = _compared(context.lake, tables)
        record_all(context.lake, [spec_of(table) for table in change.write.values()])
        _write_rows(context.lake, change)
        if change.forgotten:
            context.lake.replace_rows("specs", {"spec": sorted(change.forgotten)}, [])
    return True


def frequency_specs(lake: Lake) -> dict[str, dict[str, Any]]:
    """The specs of imported frequencies, each with its body."""
    return recorded(lake, STAGE)


def spec_of(table: FrequencyTable) -> Spec:
    """The spec of a table's rows: what it is about, and where it comes from."""
    about = {"source": "imported", "kind": STAGE, "search": table.search, "version": VERSION}
    return Spec(STAGE, {**about, **table.key._asdict(), **table.origin})


def _compared(lake: Lake, tables: Sequence[FrequencyTable]) -> _Change:
    known = frequency_specs(lake)
    present = {spec for (spec,) in lake.distinct("concept_counts", "spec") if spec.startswith(f"{STAGE}-")}
    wanted = {spec_of(table).id: table for table in tables}
    replaced = {table.key for table in tables}
    same = {spec for spec, body in known.items() if _key(body) in replaced}
    outdated = (same | present - known.keys()) - wanted.keys()
    return _Change(
        write={spec: table for spec, table in wanted.items() if spec not in present or spec not in known},
        outdated=frozenset(outdated & present),
        forgotten=frozenset(outdated & known.keys() | known.keys() - present - wanted.keys()),
    )


def _key(body: Mapping[str, Any]) -> TableKey:
    return TableKey(body["set"], body["corpus"], body["definition"])


def _write_rows(lake: Lake, change: _Change) -> None:
    specs = change.outdated | change.write.keys()
    if specs:
        rows = [_rows(spec, table) for spec, table in change.write.items()] or [SCHEMA.empty_table()]
        lake.replace_arrow("concept_counts", {"spec": sorted(specs)}, pa.concat_tables(rows))


def _rows(spec: str, table: FrequencyTable) -> pa.Table:
    """The rows of a table with every column: its concepts, and the number of samples searched if that is known."""
    counted: list[tuple[str, str | None, int]] = [("concept", *one) for one in sorted(table.frequency.items())]
    if table.samples is not None:
        counted.append(("samples", None, table.samples))
    measure, concept, frequency = zip(*counted, strict=True)
    own = {"measure": measure, "concept": concept, "frequency": frequency}
    common = {"corpus": table.key.corpus, "spec": spec, "search": table.search, "list": table.key.set, "shards": 0}
    return pa.table(
        {name: own.get(name, [common.get(name)] * len(counted)) for name in SCHEMA.names},
        SCHEMA,
    )
