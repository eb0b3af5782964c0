"""Writes parts to the tables, but only the parts that differ from the stored ones.

New specs are written first, then rows are replaced, and specs without rows are deleted last. So rows always have their
spec, and a part is done if its spec has rows. A killed import leaves the rows of each part either old or new; the next
change deletes specs that it left without rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pyarrow as pa

from jobs.core.context import Context
from jobs.core.importing import sole_import
from jobs.lake.lake import Lake
from jobs.lake.specs import record_all
from jobs.published.concept_lists import concept_rows
from jobs.published.parts import STAGE, TABLES, Part, identity, no_rows, published_specs

# The tables that an import writes.
WRITTEN = (*TABLES, "concepts", "specs", "runs", "leases")


@dataclass(frozen=True)
class Change:
    """Parts to write; by table, the specs whose rows are deleted; recorded specs to delete; sets known before."""

    write: Sequence[Part]
    outdated: Mapping[str, set[str]]
    forgotten: set[str]
    known_sets: set[str]

    @property
    def is_empty(self) -> bool:
        """Whether the tables of results are already right."""
        return not (self.write or self.forgotten or any(self.outdated.values()))


def load(context: Context, parts: Sequence[Part], lists: Mapping[str, Sequence[str]]) -> bool:
    """Make the tables hold `parts` and `lists`; returns whether anything had to be written.

    Raises LeaseHeld if another import works on the lake.
    """
    own = [source.name for source in context.settings.concepts]
    change = compare(context.lake, parts)
    if change.is_empty and concept_rows(context.lake, lists, change.known_sets, own) is None:
        return False
    with sole_import(context, STAGE, WRITTEN):
        # Another import may have ended since the first comparison.
        change = compare(context.lake, parts)
        record_all(context.lake, [part.spec for part in change.write])
        _write_rows(context.lake, change)
        concepts = concept_rows(context.lake, lists, change.known_sets, own)
        if concepts is not None:
            context.lake.replace_rows("concepts", {}, concepts)
        if change.forgotten:
            context.lake.replace_rows("specs", {"spec": sorted(change.forgotten)}, [])
    return True


def compare(lake: Lake, parts: Sequence[Part]) -> Change:
    """The change after which each part is stored once, and of its identity nothing else but the sets not read now."""
    recorded = published_specs(lake)
    present = {
        table: {spec for (spec,) in lake.distinct(table, "spec") if spec.startswith(f"{STAGE}-")} for table in TABLES
    }
    there = {spec: body for spec, body in recorded.items() if any(spec in specs for specs in present.values())}
    wanted = {part.spec.id: part for part in _with_kept_sets(lake, parts, there) if part.rows}
    replaced = {identity(part.body) for part in parts}
    forgotten = {
        spec for spec, body in recorded.items() if spec not in there or identity(body) in replaced
    } - wanted.keys()
    return Change(
        write=[part for spec, part in wanted.items() if spec not in there],
        outdated={
            table: (specs & forgotten) | (specs - recorded.keys() - wanted.keys()) for table, specs in present.items()
        },
        forgotten=forgotten,
        known_sets={name for body in recorded.values() for name in body.get("files", {})},
    )


def _with_kept_sets(lake: Lake, parts: Iterable[Part], earlier: Mapping[str, Mapping[str, Any]]) -> list[Part]:
    """The parts; those of counts also get the stored rows and files of sets that were not read now.

    `earlier` maps the specs that have rows in the lake to their bodies. So the order in which folders are imported does
    not matter, and a set is deleted if its file was read but holds nothing usable.
    """
    return [_keep_sets(lake, part, earlier) if part.body["kind"] == "search_counts" else part for part in parts]


def _keep_sets(lake: Lake, part: Part, earlier: Mapping[str, Mapping[str, Any]]) -> Part:
    files = dict(part.body["files"])
    columns = [part.columns]
    for spec, body in earlier.items():
        kept = body.get("files", {}).keys() - part.sets_read
        if identity(body) == identity(part.body) and kept:
            files |= {name: body["files"][name] for name in kept}
            rows = lake.rows(part.table, part.columns.column_names, spec=spec)
            columns.append(pa.Table.from_pylist([row for row in rows if row["list"] in kept], part.columns.schema))
    return replace(part, body={**part.body, "files": files}, columns=pa.concat_tables(columns))


def _write_rows(lake: Lake, change: Change) -> None:
    """Write each table in one commit."""
    for table in TABLES:
        parts = [part for part in change.write if part.table == table]
        specs = change.outdated[table] | {part.spec.id for part in parts}
        if specs:
            rows = [part.complete() for part in parts] or [no_rows(table)]
            lake.replace_arrow(table, {"spec": sorted(specs)}, pa.concat_tables(rows))
