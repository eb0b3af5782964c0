"""The ledger: which shard is done at which stage, under which spec, and with what outcome."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from jobs.core.lake import Lake

DONE = "done"
FAILED = "failed"
# The phase in which a device waits (udfs/images/pipeline.py): what it waits for is another phase.
IDLE = "idle"


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
    """What became of a unit: samples by status, seconds by phase, or why it failed."""

    samples: int = 0
    statuses: dict[str, int] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    failure: str | None = None


def worked(seconds: Mapping[str, float]) -> dict[str, float]:
    """Seconds by phase without those in which nothing worked."""
    return {phase: spent for phase, spent in seconds.items() if phase != IDLE}


def rows(lake: Lake, corpus: str, stage: str, spec: str) -> dict[str, dict[str, Any]]:
    """The ledger's rows of a corpus, stage and spec, by shard."""
    return {row["shard"]: row for row in lake.rows("shards", corpus=corpus, stage=stage, spec=spec)}


def done(lake: Lake, corpus: str, stage: str, spec: str) -> dict[str, dict[str, Any]]:
    """Like `rows`, only the shards that are done."""
    return {shard: row for shard, row in rows(lake, corpus, stage, spec).items() if row["state"] == DONE}


def pending(units: Sequence[Unit], finished: dict[str, dict[str, Any]]) -> list[Unit]:
    """The units that are not done, or whose input has changed since."""
    return [u for u in units if u.shard not in finished or finished[u.shard]["fingerprint"] != u.fingerprint]


def write(lake: Lake, corpus: str, stage: str, specs: Sequence[str], outcomes: dict[Unit, Outcome], run: str) -> None:
    """Write one row a unit and spec in one commit, in place of earlier ones."""
    shards = [unit.shard for unit in outcomes]
    attempts = {
        (row["shard"], row["spec"]): row["attempt"]
        for row in lake.rows("shards", ["shard", "spec", "attempt"], corpus=corpus, stage=stage)
    }
    now = datetime.now(UTC)
    new = [
        {
            "corpus": corpus,
            "shard": unit.shard,
            "stage": stage,
            "spec": spec,
            "fingerprint": unit.fingerprint,
            "state": FAILED if outcome.failure else DONE,
            "bytes": unit.bytes,
            "samples": outcome.samples,
            # In one order, so that equal results are equal rows for whoever compares maps as they are written.
            "statuses": dict(sorted(outcome.statuses.items())),
            "seconds": outcome.seconds,
            "detail": outcome.failure,
            "finished": now,
            "run": run,
            "attempt": attempts.get((unit.shard, spec), 0) + 1,
        }
        for spec in specs
        for unit, outcome in outcomes.items()
    ]
    where = {"corpus": corpus, "stage": stage, "spec": specs, "shard": shards}
    lake.replace_rows("shards", where, new)
