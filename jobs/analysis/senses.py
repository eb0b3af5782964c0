"""The uses of a name, told apart by what stands beside it: keys that go together in some samples, and not in others.

Clusters of keys (`key_clusters`) are proposed as uses. Chance makes clusters too. So one half of the samples makes
them, and the other half must tell them apart: two uses meet in fewer than half as many samples as if they were
independent, and chance does not explain that.

Uses may be senses (crane: bird, construction) or scenes of one sense (dog: beach, sofa). If images show the thing that
a concept means in one of them alone, they are senses.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import Final

from jobs.analysis.key_clusters import KeyPatterns, clusters_of
from jobs.analysis.proportions import ProportionBounds, clopper_pearson
from jobs.analysis.suspicions.chance import tail

# In fewer samples of a name, uses that were drawn were hardly ever told apart.
LEAST_SAMPLES: Final = 200
# Two uses meet in at most this share of the samples that chance would give them.
APART: Final = 0.5
IMPROBABLE: Final = 0.001


@dataclass(frozen=True)
class Use:
    """One use of a name: its keys, and the samples that hold some of them and none of another use.

    searched: those of them whose images were searched; shown: those whose images show the name.
    """

    keys: tuple[int, ...]
    samples: int
    searched: int
    shown: int

    @property
    def presence(self) -> ProportionBounds | None:
        """The interval of P(image | text) in this use (`low`, `high`); None without searched images."""
        return clopper_pearson(self.shown, self.searched) if self.searched else None


def uses_of(patterns: KeyPatterns) -> tuple[Use, ...]:
    """The uses that the keys tell apart, the most frequent first; none if they tell nothing apart.

    A key that does not avoid the other uses is in none.
    """
    if patterns.samples.sum() < LEAST_SAMPLES:
        return ()
    told: list[tuple[int, ...]] = []
    for group in _far_apart(patterns, clusters_of(patterns)):
        if all(_Meeting.of(patterns, group, other, second=True).apart for other in told):
            told.append(group)
    kept = [tuple(key for key in group if _avoids(patterns, key, group, told)) for group in told]
    kept = [keys for keys in kept if keys]
    if len(kept) < 2:
        return ()
    return tuple(sorted((_use(patterns, keys, kept) for keys in kept), key=lambda use: -use.samples))


@dataclass(frozen=True)
class _Meeting:
    """Two groups of keys in one half: the samples of the first, of the second, of both, and of all."""

    first: int
    second: int
    both: int
    samples: int

    @classmethod
    def of(cls, patterns: KeyPatterns, group: tuple[int, ...], other: tuple[int, ...], second: bool) -> _Meeting:
        """Count them in the second half, or in the first."""
        weight = patterns.samples * (patterns.second == second)
        one, two = patterns.holds(group), patterns.holds(other)
        own, others, both = (int(weight[flags].sum()) for flags in (one, two, one & two))
        return cls(own, others, both, int(weight.sum()))

    @property
    def apart(self) -> bool:
        """Whether the two meet so rarely that they are different uses."""
        return self.rare and self.chance < IMPROBABLE

    @property
    def rare(self) -> bool:
        """Whether the two meet at most half as often as by chance, whatever chance explains."""
        return self.both <= APART * self._expected

    @property
    def _expected(self) -> float:
        return self.first * self.second / max(1, self.samples)

    @property
    def chance(self) -> float:
        """How probable it is that the two meet so rarely, if they are independent."""
        if not (0 < self.second < self.samples and self.first):
            return 1.0
        return tail(self.both, self.first, self.second / self.samples)


def _avoids(patterns: KeyPatterns, key: int, group: tuple[int, ...], told: list[tuple[int, ...]]) -> bool:
    """Whether the second half finds a key of a group in the samples of each other use rarely too."""
    others = (_Meeting.of(patterns, (key,), other, second=True) for other in told if other != group)
    return all(meeting.rare for meeting in others)


def _far_apart(patterns: KeyPatterns, groups: list[tuple[int, ...]]) -> list[tuple[int, ...]]:
    """The two groups that are surest apart in the first half, and others that are apart from all of these."""
    meetings = {pair: _Meeting.of(patterns, *pair, second=False) for pair in combinations(groups, 2)}
    pairs = sorted((pair for pair in meetings if meetings[pair].apart), key=lambda pair: meetings[pair].chance)
    chosen: list[tuple[int, ...]] = []
    for group in dict.fromkeys(group for pair in pairs for group in pair):
        between = (meetings.get((group, other)) or meetings[other, group] for other in chosen)
        if all(meeting.apart for meeting in between):
            chosen.append(group)
    return chosen


def _use(patterns: KeyPatterns, keys: tuple[int, ...], told: list[tuple[int, ...]]) -> Use:
    own = patterns.holds(keys)
    for other in told:
        if other != keys:
            own &= ~patterns.holds(other)
    counts = (own, own & patterns.searched, own & patterns.searched & patterns.shown)
    return Use(keys, *(int(patterns.samples[flags].sum()) for flags in counts))
