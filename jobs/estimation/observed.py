"""Observed costs of shards at a stage: from the ledger, or measured in this process."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from jobs.core.context import Context
from jobs.core.waves import Plan
from jobs.lake import ledger


@dataclass(frozen=True)
class Observed:
    """One shard at one stage: its input samples, and the seconds of work by phase for all of them.

    `measured` is True if it was measured in this process, False if it comes from the ledger. `part`: only some samples
    were timed, and their seconds were scaled up.
    """

    samples: int
    seconds: Mapping[str, float] = field(default_factory=dict)
    measured: bool = False
    part: bool = False

    @property
    def work(self) -> float:
        """The seconds over all phases except waiting."""
        return sum(ledger.worked(self.seconds).values())


def in_ledger(context: Context, plan: Plan) -> dict[str, Observed]:
    """The shards of a plan that are done with their current input, by name."""
    rows = ledger.done(context.lake, plan.corpus, plan.stage, plan.specs[0].id)
    return {shard: Observed(rows[shard]["samples"], rows[shard]["seconds"]) for shard in sorted(plan.done)}
