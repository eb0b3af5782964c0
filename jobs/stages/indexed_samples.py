"""Compares the postings that a wave wrote with the samples that it was to index."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from jobs.core.written import Written
from jobs.errors import StageFailed
from jobs.lake.ledger import Outcome, Unit
from jobs.lake.specs import Spec
from udfs.counting.searched import INDEXED, indexed
from udfs.statuses import OK

# The spec of some postings, what a sample must have to be in them, and how many samples of a shard have it.
Expected = tuple[Spec, str, Callable[[str], int]]


def verify_indexed(expected: Sequence[Expected], wave: Sequence[Unit], written: Written) -> dict[Unit, Outcome]:
    """The outcomes of a wave. Raises StageFailed if not every sample was indexed that should be."""
    found = written.through(indexed, ("shard", "spec", "key", "samples"), INDEXED)
    sums = found.group_by(["shard", "spec"]).aggregate([("samples", "sum")])
    samples = {(shard, spec): number for shard, spec, number in zip(*sums.to_pydict().values(), strict=True)}
    for unit in wave:
        for spec, what, number_in in expected:
            usable, number = number_in(unit.shard), samples.get((unit.shard, spec.id), 0)
            if number != usable:
                raise StageFailed(
                    f"shard {unit.shard}: {usable} samples have {what}, but {number} were indexed, so "
                    "it is not recorded as done: start the same command again, and report it if this repeats"
                )
    return {unit: Outcome(unit.samples or 0, {OK: unit.samples or 0}) for unit in wave}
