"""The ledger: it records which shard is done at which stage, under which spec, and with what outcome."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any, TypeVar, cast

import pyarrow as pa
import pyarrow.compute as pc

from jobs.lake.lake import Lake
from jobs.lake.slices import Slice

LedgerRow = dict[str, Any]
Made = TypeVar("Made")

DONE = "done"
FAILED = "failed"
# The stage under which a corpus's totals are recorded; its single unit is the whole corpus.
TOTALS = "totals"
WHOLE = "*"
# The phase in which a device waits (udfs/images/running/pipeline.py); the work that it waits for is another phase.
IDLE = "idle"
# The most names in one condition; 50,000 overflow the stack of the deltalake library.
REPLACED = 2_000
# The columns that a run needs of a row.
PLAIN = ("shard", "fingerprint", "state", "bytes", "content", "samples", "detail", "attempt")
MAPS = ("statuses", "seconds")
# The table's columns as Arrow types.
SCHEMA = pa.schema(
    [
        ("corpus", pa.string()),
        ("shard", pa.string()),
        ("stage", pa.string()),
        ("spec", pa.string()),
        ("fingerprint", pa.string()),
        ("state", pa.string()),
        ("bytes", pa.int64()),
        ("content", pa.string()),
        ("samples", pa.int64()),
        ("statuses", pa.map_(pa.string(), pa.int64())),
        ("seconds", pa.map_(pa.string(), pa.float64())),
        ("detail", pa.string()),
        ("finished", pa.timestamp("us", "UTC")),
        ("run", pa.string()),
        ("attempt", pa.int32()),
    ]
)


@dataclass(frozen=True)
class Unit:
    """One shard that a stage has to process.

    `fingerprint` changes when its input changes. `work` is its cost (bytes or samples, the stage's choice). `samples`
    is the number of input samples; None if only reading the shard can tell.
    """

    shard: str
    fingerprint: str
    work: int
    bytes: int | None = None
    samples: int | None = None


@dataclass(frozen=True)
class Outcome:
    """The outcome of a unit: samples by status, seconds by phase, or why it failed.

    content: a digest of the shard's files, if the stage reads them and knows it (`udfs.shards.contents`).
    """

    samples: int = 0
    statuses: dict[str, int] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    failure: str | None = None
    content: str | None = None


def worked(seconds: Mapping[str, float]) -> dict[str, float]:
    """Seconds by phase, without the phase in which a device waited."""
    return {phase: spent for phase, spent in seconds.items() if phase != IDLE}


def rows(lake: Lake, corpus: str, stage: str, spec: str) -> dict[str, LedgerRow]:
    """The ledger's current rows of a corpus, stage and spec, by shard."""
    return {row["shard"]: row for row in lake.rows("shards", corpus=corpus, stage=stage, spec=spec)}


def done(lake: Lake, corpus: str, stage: str, spec: str) -> dict[str, LedgerRow]:
    """Like `rows`, but only shards that are done."""
    return {shard: row for shard, row in rows(lake, corpus, stage, spec).items() if row["state"] == DONE}


def changed_units(units: Sequence[Unit], fingerprints: Mapping[str, str]) -> list[Unit]:
    """The units whose shard has another fingerprint here, or none."""
    return [unit for unit in units if fingerprints.get(unit.shard) != unit.fingerprint]


class Ledger:
    """The ledger as a run sees it: read once for some corpora, and updated with the run's own rows.

    Rows of other runs appear after `refresh`. No other run writes rows of a corpus and stage whose lease this run
    holds.
    """

    def __init__(self, lake: Lake, corpora: Sequence[str]) -> None:
        self._lake = lake
        self._corpora = list(corpora)
        self._seen: pa.Table | None = None
        self._made: dict[Hashable, Any] = {}

    def refresh(self) -> None:
        """Forget all rows, so that they are read again."""
        self._see(None)

    def once(self, name: Hashable, make: Callable[[], Made]) -> Made:
        """What `make` makes of the rows under this name; made again only after the rows have changed."""
        if name not in self._made:
            made = make()
            self._made[name] = made
        return cast(Made, self._made[name])

    def rows(self, corpus: str, stage: str, spec: str) -> dict[str, LedgerRow]:
        """The rows of a corpus, stage and spec, by shard."""
        return _rows_of(self._table().filter(_is(corpus, stage, [spec])))

    def done(self, corpus: str, stage: str, spec: str) -> dict[str, LedgerRow]:
        """Like `rows`, but only shards that are done."""
        return {shard: row for shard, row in self.rows(corpus, stage, spec).items() if row["state"] == DONE}

    def pending(self, units: Sequence[Unit], corpus: str, stage: str, spec: str) -> list[Unit]:
        """The units that are not done, or whose input has changed since they were."""
        finished = self._table().filter(_is(corpus, stage, [spec]) & (pc.field("state") == DONE))
        known = dict(zip(finished["shard"].to_pylist(), finished["fingerprint"].to_pylist(), strict=True))
        return changed_units(units, known)

    def newest(self, corpus: str, stage: str, shard: str | None = None) -> dict[str, datetime]:
        """By spec, the time of a stage's newest row for a corpus, or for one of its shards."""
        asked = (pc.field("corpus") == corpus) & (pc.field("stage") == stage)
        found = self._table().filter(asked if shard is None else asked & (pc.field("shard") == shard))
        newest = found.group_by("spec").aggregate([("finished", "max")])
        return dict(zip(newest["spec"].to_pylist(), newest["finished_max"].to_pylist(), strict=True))

    def write(self, corpus: str, stage: str, specs: Sequence[str], outcomes: Mapping[Unit, Outcome], run: str) -> None:
        """Write one row per unit and spec, in place of earlier rows; units without earlier rows take one commit."""
        known = self._table().filter(_is(corpus, stage, specs))
        pairs = zip(known["shard"].to_pylist(), known["spec"].to_pylist(), strict=True)
        attempts = dict(zip(pairs, known["attempt"].to_pylist(), strict=True))
        new = _table_of(corpus, stage, specs, outcomes, run, attempts)
        shards = {unit.shard for unit in outcomes}
        again = sorted({shard for shard, _ in attempts} & shards)
        self._exchange({"corpus": corpus, "stage": stage, "spec": specs}, again, new)
        if len(again) < len(shards):
            self._lake.append_arrow("shards", new.filter(~pc.field("shard").isin(pa.array(again, pa.string()))))
        replaced = _is(corpus, stage, specs) & pc.field("shard").isin(pa.array(shards, pa.string()))
        self._see(pa.concat_tables([self._table().filter(~replaced), new]))

    def reopen(
        self,
        corpus: str,
        stage: str,
        specs: Sequence[str],
        units: Sequence[Unit],
        still_holds: Callable[[str, str], str],
    ) -> None:
        """Record that the rows of these units are being replaced: no row vouches for them until they are done again.

        A killed run may leave the old rows or the new ones. `still_holds` makes, of the fingerprints of both, one that
        is true of either.
        """
        wanted = {unit.shard: unit.fingerprint for unit in units}
        shards = pc.field("shard").isin(pa.array(wanted, pa.string()))
        done = _is(corpus, stage, specs) & shards & (pc.field("state") == DONE)
        known = self._table().filter(done)
        if not known.num_rows:
            return
        pairs = zip(known["shard"].to_pylist(), known["fingerprint"].to_pylist(), strict=True)
        left = pa.array([still_holds(old, wanted[shard]) for shard, old in pairs], pa.string())
        rows = known.set_column(SCHEMA.get_field_index("fingerprint"), SCHEMA.field("fingerprint"), left)
        unknown = pa.nulls(known.num_rows, pa.string())
        rows = rows.set_column(SCHEMA.get_field_index("content"), SCHEMA.field("content"), unknown)
        where = {"corpus": corpus, "stage": stage, "spec": specs, "state": DONE}
        self._exchange(where, sorted(set(rows["shard"].to_pylist())), rows)
        self._see(pa.concat_tables([self._table().filter(~done), rows]))

    def _exchange(self, where: Slice, shards: Sequence[str], rows: pa.Table) -> None:
        """Replace the rows of these shards in a slice by those of `rows`."""
        for names in (shards[start : start + REPLACED] for start in range(0, len(shards), REPLACED)):
            mine = rows.filter(pc.field("shard").isin(names))
            self._lake.replace_arrow("shards", {**where, "shard": names}, mine)

    def _table(self) -> pa.Table:
        if self._seen is None:
            self._see(self._lake.table("shards", corpus=self._corpora).cast(SCHEMA))
        assert self._seen is not None
        return self._seen

    def _see(self, table: pa.Table | None) -> None:
        self._seen = table
        self._made.clear()


def write(
    lake: Lake, corpus: str, stage: str, specs: Sequence[str], outcomes: Mapping[Unit, Outcome], run: str
) -> None:
    """`Ledger.write` for a caller that writes only once."""
    Ledger(lake, [corpus]).write(corpus, stage, specs, outcomes, run)


def _is(corpus: str, stage: str, specs: Sequence[str]) -> pc.Expression:
    return (pc.field("corpus") == corpus) & (pc.field("stage") == stage) & pc.field("spec").isin(list(specs))


def _rows_of(table: pa.Table) -> dict[str, LedgerRow]:
    """Rows by shard, without corpus, stage and spec. Reading by column takes a tenth of the time of `to_pylist`."""
    columns = [table[name].to_pylist() for name in PLAIN]
    maps = [_dictionaries(table[name].combine_chunks()) for name in MAPS]
    return {values[0]: dict(zip((*PLAIN, *MAPS), values, strict=True)) for values in zip(*columns, *maps, strict=True)}


def _dictionaries(maps: pa.MapArray) -> list[dict[str, Any]]:
    """Maps as dictionaries; none of them is null."""
    keys, values, ends = maps.keys.to_pylist(), maps.items.to_pylist(), maps.offsets.to_pylist()
    return [dict(zip(keys[start:end], values[start:end], strict=True)) for start, end in pairwise(ends)]


def _table_of(
    corpus: str,
    stage: str,
    specs: Sequence[str],
    outcomes: Mapping[Unit, Outcome],
    run: str,
    attempts: Mapping[tuple[str, str], int],
) -> pa.Table:
    """One row per spec and unit, built by column: 10^5 rows as dictionaries take three times as long."""
    units, results, count = list(outcomes), list(outcomes.values()), len(outcomes) * len(specs)
    of_units: dict[str, list[Any]] = {
        "shard": [unit.shard for unit in units],
        "fingerprint": [unit.fingerprint for unit in units],
        "state": [FAILED if outcome.failure else DONE for outcome in results],
        "bytes": [unit.bytes for unit in units],
        "content": [outcome.content for outcome in results],
        "samples": [outcome.samples for outcome in results],
        # Sorted, so that equal results are equal rows even if maps are compared in the order of their entries.
        "statuses": [sorted(outcome.statuses.items()) for outcome in results],
        "seconds": [list(outcome.seconds.items()) for outcome in results],
        "detail": [outcome.failure for outcome in results],
    }
    of_all = {"corpus": corpus, "stage": stage, "finished": datetime.now(UTC), "run": run}
    columns = {name: values * len(specs) for name, values in of_units.items()}
    columns |= {name: [value] * count for name, value in of_all.items()}
    columns["spec"] = [spec for spec in specs for _ in units]
    columns["attempt"] = [attempts.get((unit.shard, spec), 0) + 1 for spec in specs for unit in units]
    return pa.table({field.name: pa.array(columns[field.name], field.type) for field in SCHEMA}, schema=SCHEMA)
