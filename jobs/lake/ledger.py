"""The ledger: which shard is done at which stage, under which spec, and with what outcome."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from jobs.lake.lake import Lake

Row = dict[str, Any]

DONE = "done"
FAILED = "failed"
# The stage under which a corpus's totals are noted, and its one unit: the whole corpus.
TOTALS = "totals"
WHOLE = "*"
# The phase in which a device waits (udfs/images/running/pipeline.py): what it waits for is another phase.
IDLE = "idle"
# Names of one condition: 50,000 are more than the deltalake library's stack holds.
REPLACED = 2_000
# What a run asks of a row.
PLAIN = ("shard", "fingerprint", "state", "bytes", "content", "samples", "detail", "attempt")
MAPS = ("statuses", "seconds")
# The table's columns as Arrow has them.
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
    """One shard that a stage has to work through.

    `fingerprint` tells when its input has changed; `work` is what it costs (bytes or samples, the stage's choice);
    `samples` is how many samples go in, None where only reading tells.
    """

    shard: str
    fingerprint: str
    work: int
    bytes: int | None = None
    samples: int | None = None


@dataclass(frozen=True)
class Outcome:
    """What became of a unit: samples by status, seconds by phase, or why it failed; and what the shard's files hold,
    where a stage reads them and knows it (`udfs.shards.contents`).
    """

    samples: int = 0
    statuses: dict[str, int] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    failure: str | None = None
    content: str | None = None


def worked(seconds: Mapping[str, float]) -> dict[str, float]:
    """Seconds by phase without those in which nothing worked."""
    return {phase: spent for phase, spent in seconds.items() if phase != IDLE}


def rows(lake: Lake, corpus: str, stage: str, spec: str) -> dict[str, Row]:
    """The ledger's rows of a corpus, stage and spec, by shard, as the lake has them at this moment."""
    return {row["shard"]: row for row in lake.rows("shards", corpus=corpus, stage=stage, spec=spec)}


def done(lake: Lake, corpus: str, stage: str, spec: str) -> dict[str, Row]:
    """Like `rows`, only the shards that are done."""
    return {shard: row for shard, row in rows(lake, corpus, stage, spec).items() if row["state"] == DONE}


def pending(units: Sequence[Unit], finished: Mapping[str, Row]) -> list[Unit]:
    """The units that are not done, or whose input has changed since."""
    return [u for u in units if u.shard not in finished or finished[u.shard]["fingerprint"] != u.fingerprint]


class Ledger:
    """The ledger as a run sees it: read once for some corpora, and kept up with what the run itself writes.

    What other runs write is seen after `refresh`: of a corpus and stage whose lease is held, nobody else writes any.
    """

    def __init__(self, lake: Lake, corpora: Sequence[str]) -> None:
        self._lake = lake
        self._corpora = list(corpora)
        self._seen: pa.Table | None = None

    def refresh(self) -> None:
        """Forget what was read."""
        self._seen = None

    def rows(self, corpus: str, stage: str, spec: str) -> dict[str, Row]:
        """The rows of a corpus, stage and spec, by shard."""
        return _rows_of(self._table().filter(_is(corpus, stage, [spec])))

    def done(self, corpus: str, stage: str, spec: str) -> dict[str, Row]:
        """Like `rows`, only the shards that are done."""
        return {shard: row for shard, row in self.rows(corpus, stage, spec).items() if row["state"] == DONE}

    def newest(self, corpus: str, stage: str, shard: str | None = None) -> dict[str, datetime]:
        """When a stage's newest row of a corpus, or of one of its shards, was written, by spec."""
        asked = (pc.field("corpus") == corpus) & (pc.field("stage") == stage)
        found = self._table().filter(asked if shard is None else asked & (pc.field("shard") == shard))
        newest = found.group_by("spec").aggregate([("finished", "max")])
        return dict(zip(newest["spec"].to_pylist(), newest["finished_max"].to_pylist(), strict=True))

    def write(self, corpus: str, stage: str, specs: Sequence[str], outcomes: Mapping[Unit, Outcome], run: str) -> None:
        """Write one row a unit and spec, in place of earlier ones: those of units without any in one commit."""
        known = self._table().filter(_is(corpus, stage, specs))
        pairs = zip(known["shard"].to_pylist(), known["spec"].to_pylist(), strict=True)
        attempts = dict(zip(pairs, known["attempt"].to_pylist(), strict=True))
        new = _table_of(corpus, stage, specs, outcomes, run, attempts)
        shards = {unit.shard for unit in outcomes}
        again = sorted({shard for shard, _ in attempts} & shards)
        for names in (again[start : start + REPLACED] for start in range(0, len(again), REPLACED)):
            where = {"corpus": corpus, "stage": stage, "spec": specs, "shard": names}
            self._lake.replace_arrow("shards", where, new.filter(pc.field("shard").isin(names)))
        if len(again) < len(shards):
            self._lake.append_arrow("shards", new.filter(~pc.field("shard").isin(pa.array(again, pa.string()))))
        replaced = _is(corpus, stage, specs) & pc.field("shard").isin(pa.array(shards, pa.string()))
        self._seen = pa.concat_tables([self._table().filter(~replaced), new])

    def _table(self) -> pa.Table:
        if self._seen is None:
            self._seen = self._lake.table("shards", corpus=self._corpora).cast(SCHEMA)
        return self._seen


def write(
    lake: Lake, corpus: str, stage: str, specs: Sequence[str], outcomes: Mapping[Unit, Outcome], run: str
) -> None:
    """`Ledger.write` for whoever writes once."""
    Ledger(lake, [corpus]).write(corpus, stage, specs, outcomes, run)


def _is(corpus: str, stage: str, specs: Sequence[str]) -> pc.Expression:
    return (pc.field("corpus") == corpus) & (pc.field("stage") == stage) & pc.field("spec").isin(list(specs))


def _rows_of(table: pa.Table) -> dict[str, Row]:
    """Rows by shard, without what they were asked for. By column, which takes a tenth of the time of `to_pylist`."""
    columns = [table[name].to_pylist() for name in PLAIN]
    maps = [_dictionaries(table[name].combine_chunks()) for name in MAPS]
    return {values[0]: dict(zip((*PLAIN, *MAPS), values, strict=True)) for values in zip(*columns, *maps, strict=True)}


def _dictionaries(maps: pa.MapArray) -> list[dict[str, Any]]:
    """Maps, none of them null, as dictionaries."""
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
    """One row a spec and unit. By column, as 10^5 rows of dictionaries take three times as long."""
    units, results, count = list(outcomes), list(outcomes.values()), len(outcomes) * len(specs)
    of_units: dict[str, list[Any]] = {
        "shard": [unit.shard for unit in units],
        "fingerprint": [unit.fingerprint for unit in units],
        "state": [FAILED if outcome.failure else DONE for outcome in results],
        "bytes": [unit.bytes for unit in units],
        "content": [outcome.content for outcome in results],
        "samples": [outcome.samples for outcome in results],
        # In one order, so that equal results are equal rows for whoever compares maps as they are written.
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
