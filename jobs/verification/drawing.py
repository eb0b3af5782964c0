"""Which samples are looked at: drawn uniformly from the counts of shards, so that nobody has to list samples."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from itertools import accumulate
from random import Random


def draw(counts: Mapping[str, int], number: int, seed: str) -> dict[str, list[int]]:
    """Ordinals by shard, both ascending, of `number` different samples of shards that hold so many samples each.

    Every sample is as likely as any other, and the same counts and seed give the same ones; all of them where there are
    no more. Time and memory go with the shards and the number drawn, not with the samples.
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
