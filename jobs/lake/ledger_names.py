"""The ledger's rows of shards that get another name, or are forgotten. The caller holds the corpus's leases.

Each step handles some shards at a time, in one commit each, and may be repeated.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

import pyarrow as pa
import pyarrow.compute as pc

from jobs.lake.lake import Lake
from jobs.lake.ledger import FAILED, REPLACED, SCHEMA

# The stage whose rows show that a shard was read.
READ = "ingest"
FORGOTTEN = "being forgotten: start `conceptfreq forget` again"
Item = TypeVar("Item")


@dataclass(frozen=True)
class Known:
    """A listed shard whose content is in the lake.

    `name` and `fingerprint` are the present ones, `was` is the name in the lake.
    """

    was: str
    name: str
    fingerprint: str
    content: str


def follow(lake: Lake, corpus: str, stages: Sequence[str], known: Sequence[Known]) -> None:
    """Give rows the present names; rows of shards read with that content also get the present fingerprints.

    The ledger's rows under the present names are dropped: they are about files that no longer exist.
    """
    for part in _batches(known, REPLACED // 2):
        names = sorted({name for one in part for name in (one.was, one.name)})
        _exchange(lake, corpus, stages, names, partial(_renamed, part))


def _renamed(known: Sequence[Known], rows: pa.Table) -> pa.Table:
    there = set(rows["shard"].to_pylist())
    # An earlier attempt has handled the others.
    left = [one for one in known if one.was in there]
    replaced = {name for one in left for name in (one.was, one.name)}
    kept = rows.filter(~pc.field("shard").isin(pa.array(replaced, pa.string())))
    return pa.concat_tables([kept, _with_present_names(left, rows)])


def _with_present_names(known: Sequence[Known], rows: pa.Table) -> pa.Table:
    was = pa.array([one.was for one in known], pa.string())
    rows = rows.filter(pc.field("shard").isin(was))
    place = pc.index_in(rows["shard"], value_set=was)
    name, fingerprint, content = (
        pa.array([getattr(one, column) for one in known], pa.string()).take(place.combine_chunks())
        for column in ("name", "fingerprint", "content")
    )
    same = pc.fill_null(pc.and_(pc.equal(rows["stage"], READ), pc.equal(rows["content"], content)), False)
    rows = _with(rows, "fingerprint", pc.if_else(same, fingerprint, rows["fingerprint"]))
    return _with(rows, "shard", name)


def retire(lake: Lake, corpus: str, stages: Sequence[str], shards: Sequence[str]) -> None:
    """Leave no stage done for these shards, and mark them as being forgotten."""
    for part in _batches(shards, REPLACED):
        _exchange(lake, corpus, stages, part, _marked)


def _marked(rows: pa.Table) -> pa.Table:
    rows = rows.filter(pc.field("stage") == READ)
    rows = _with(rows, "state", pa.repeat(FAILED, rows.num_rows))
    return _with(rows, "detail", pa.repeat(FORGOTTEN, rows.num_rows))


def drop(lake: Lake, corpus: str, shards: Sequence[str]) -> None:
    """Remove the marks of `retire`."""
    for part in _batches(shards, REPLACED):
        _exchange(lake, corpus, [READ], part, _unmarked)


def _unmarked(rows: pa.Table) -> pa.Table:
    return rows.filter(pc.fill_null(pc.not_equal(rows["detail"], FORGOTTEN), True))


def _batches(items: Sequence[Item], size: int) -> Iterator[Sequence[Item]]:
    return (items[start : start + size] for start in range(0, len(items), size))


def _exchange(
    lake: Lake, corpus: str, stages: Sequence[str], shards: Sequence[str], change: Callable[[pa.Table], pa.Table]
) -> None:
    """Replace the rows of some shards at some stages by the result of `change`, in one commit."""
    where = {"corpus": corpus, "stage": list(stages), "shard": list(shards)}
    rows = lake.table("shards", **where).cast(SCHEMA)
    changed = change(rows)
    if not changed.equals(rows):
        lake.replace_arrow("shards", where, changed)


def _with(rows: pa.Table, column: str, values: pa.Array) -> pa.Table:
    return rows.set_column(rows.schema.get_field_index(column), rows.schema.field(column), values)
