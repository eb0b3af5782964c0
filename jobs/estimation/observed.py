"""What shards have cost at a stage: as the ledger has it, or as it was measured here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from jobs.core.context import Context
from jobs.core.waves import Plan
from jobs.lake import ledger


@dataclass(frozen=True)
class Observed:
    """One shard at one stage: samples that go in, and seconds of work by phase for all of them.

    `measured` tells the source: here, or (False) the ledger. `part`: only some of its samples were timed, and their
    seconds scaled up.
    """

    samples: int
    seconds: Mapping[str, float] = field(default_factory=dict)
    measured: bool = False
    part: bool = False

    @property
    def work(self) -> float:
        """Seconds over all phases but waiting."""
        return sum(ledger.worked(self.seconds).values())


def in_ledger(context: Context, plan: Plan) -> dict[str, Observed]:
    """The shards of a plan that are done with their present input, by name."""
    rows = ledger.done(context.lake, plan.corpus, plan.stage, plan.specs[0].id)
    current = {unit.shard for unit in plan.planned} - {unit.shard for unit in plan.pending}
    return {shard: Observed(rows[shard]["samples"], rows[shard]["seconds"]) for shard in sorted(current)}
