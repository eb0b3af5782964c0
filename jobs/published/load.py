"""Parts into the tables: only what differs from what is there is written.

New specs go first, then rows, and specs without rows last, so that rows always have their spec and a part is done when
its spec has rows. A killed import leaves each part's rows as they were or as they shall be; specs that it left without
rows go with the next change.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import pyarrow as pa

from jobs.core.context import Context
from jobs.lake.lake import Lake
from jobs.lake.lease import Lease
from jobs.lake.specs import canonical
from jobs.published.kept import with_kept
from jobs.published.lists import concept_rows
from jobs.published.parts import STAGE, TABLES, Part, identity, no_rows

# All that an import writes; a lake that has them needs no Spark session where it lies in a local folder.
WRITTEN = (*TABLES, "concepts", "specs", "runs", "leases")
# One import at a time works on a lake: its lease is on every corpus.
EVERY_CORPUS = "*"


@dataclass(frozen=True)
class Change:
    """Parts to write; by table the specs whose rows go; recorded specs that go; sets that the lake knew before."""

    write: Sequence[Part]
    outdated: Mapping[str, set[str]]
    forgotten: set[str]
    known_sets: set[str]

    @property
    def is_empty(self) -> bool:
        """Whether the tables of results are what they should be."""
        return not (self.write or self.forgotten or any(self.outdated.values()))


def load(context: Context, parts: Sequence[Part], lists: Mapping[str, Sequence[str]]) -> bool:
    """Bring the tables to what `parts` and `lists` say; whether anything had to be written.

    Raises LeaseHeld if another import works on the lake.
    """
    own = [source.name for source in context.settings.concepts]
    change = compare(context.lake, parts)
    if change.is_empty and concept_rows(context.lake, lists, change.known_sets, own) is None:
        return False
    for name in WRITTEN:
        context.lake.ensure(name)
    with Lease(context.lake, EVERY_CORPUS, STAGE, context.settings.lease_seconds).hold():
        context.record_run()
        # Another import may have ended since.
        change = compare(context.lake, parts)
        _write_specs(context.lake, change.write)
        _write_rows(context.lake, change)
        concepts = concept_rows(context.lake, lists, change.known_sets, own)
        if concepts is not None:
            context.lake.replace_rows("concepts", {}, concepts)
        if change.forgotten:
            context.lake.replace_rows("specs", {"spec": sorted(change.forgotten)}, [])
    return True


def compare(lake: Lake, parts: Sequence[Part]) -> Change:
    """What has to change so that each part is there once, and nothing else of its identity but the sets not read."""
    recorded = {row["spec"]: json.loads(row["body"]) for row in lake.rows("specs", ["spec", "body"], stage=STAGE)}
    present = {
        table: {spec for (spec,) in lake.distinct(table, "spec") if spec.startswith(f"{STAGE}-")} for table in TABLES
    }
    there = {spec: body for spec, body in recorded.items() if any(spec in specs for specs in present.values())}
    wanted = {part.spec.id: part for part in with_kept(lake, parts, there) if part.rows}
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


def _write_rows(lake: Lake, change: Change) -> None:
    """One commit a table."""
    for table in TABLES:
        parts = [part for part in change.write if part.table == table]
        specs = change.outdated[table] | {part.spec.id for part in parts}
        if specs:
            rows = [part.complete() for part in parts] or [no_rows(table)]
            lake.replace_arrow(table, {"spec": sorted(specs)}, pa.concat_tables(rows))


def _write_specs(lake: Lake, parts: Sequence[Part]) -> None:
    now = datetime.now(UTC)
    rows = [{"spec": part.spec.id, "stage": STAGE, "body": canonical(part.body), "created": now} for part in parts]
    if rows:
        lake.replace_rows("specs", {"spec": sorted(part.spec.id for part in parts)}, rows)
