"""The samples of a corpus that hold each of many concepts, added up over all stretches."""

from __future__ import annotations

from collections.abc import Sequence

from jobs.core.stretches import Stored
from jobs.lake.lake import Lake
from jobs.lake.ledger import Unit
from jobs.results.samples.stretch_sums import sum_stretches
from udfs.counting.capped import HELD, HeldTask


def sum_held(lake: Lake, stored: Sequence[Stored], units: Sequence[Unit], task: HeldTask) -> dict[int, int]:
    """The sums of HELD over the units' shards: samples by number; a number without a sample may be left out."""
    sums = sum_stretches(lake, stored, units, task, HELD, ["number"])
    return dict(zip(sums["number"].to_pylist(), sums["samples"].to_pylist(), strict=True))
