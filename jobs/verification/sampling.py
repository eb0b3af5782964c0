"""Draws the samples to verify uniformly from the counts of shards, without listing all samples."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from itertools import accumulate
from random import Random


def draw(counts: Mapping[str, int], number: int, seed: str) -> dict[str, list[int]]:
    """Ordinals by shard, both ascending, of `number` distinct samples; `counts` gives the samples of each shard.

    Every sample is equally likely, and the same counts and seed give the same samples. If there are not more than
    `number`, all are drawn. Time and memory grow with the shards and with `number`, not with the samples.
    """
    shards = sorted(counts)
    ends = list(accumulate(counts[shard] for shard in shards))
    total = ends[-1] if ends else 0
    drawn: dict[str, list[int]] = {}
    for place in sorted(Random(seed).sample(range(total), min(number, total))):
        at = bisect_right(ends, place)
        shard = shards[at]
        drawn.setdefault(shard, []).append(place - (ends[at] - counts[shard]))
    return drawn
