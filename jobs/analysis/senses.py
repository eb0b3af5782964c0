"""The uses of a name, told apart by what stands beside it: keys that go together in some samples, and not in others.

Keys (nouns and tags) are alike if, inside the samples of the name, they are correlated with the same other keys.
Average linkage makes clusters of them (as Schütze, "Automatic Word Sense Discrimination", 1998, clusters contexts).
Chance makes clusters too. So one half of the samples makes them, and the other half must tell them apart: two uses meet
in fewer than half as many samples as if they were independent, and chance does not explain that.

Uses may be senses (crane: bird, construction) or scenes of one sense (dog: beach, sofa). If images show the thing that
a concept means in one of them alone, they are senses.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import Final

import numpy as np
from numpy.typing import NDArray

from jobs.analysis.proportions import ProportionBounds, clopper_pearson
from jobs.analysis.suspicions.chance import tail

Flags = NDArray[np.bool_]
Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

# In fewer samples of a name, uses that were drawn were hardly ever told apart.
LEAST_SAMPLES: Final = 200
# Two uses meet in at most this share of the samples that chance would give them.
APART: Final = 0.5
IMPROBABLE: Final = 0.001
# Standard deviations by which a key's correlations with all others must exceed chance.
DEVIATIONS: Final = 1.0
# Keys whose correlations with all others have a cosine below this are not clustered.
ALIKE: Final = 0.5


@dataclass(frozen=True)
class KeyPatterns:
    """Samples of a name by what they hold: n patterns of k keys.

    held (n, k): which keys; samples (n,): how many; second (n,): whether they are of the second half. searched, shown
    (n,): whether their images were searched, and whether these show the name.
    """

    held: Flags
    samples: Integers
    second: Flags
    searched: Flags
    shown: Flags

    def holds(self, keys: tuple[int, ...]) -> Flags:
        """The patterns with at least one of these keys (n,)."""
        found: Flags = self.held[:, list(keys)].any(1)
        return found


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
    for group in _far_apart(patterns, _clusters(patterns)):
        if all(_Meeting.of(patterns, group, other, second=True).apart for other in told):
            told.append(group)
    if len(told) < 2:
        return ()
    kept = [tuple(key for key in group if _avoids(patterns, key, group, told)) for group in told]
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
        return cls(*(int(weight[flags].sum()) for flags in (one, two, one & two)), int(weight.sum()))

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


def _clusters(patterns: KeyPatterns) -> list[tuple[int, ...]]:
    """Clusters of the keys by the first half: keys are alike if they go with the same keys, and avoid the same.

    A key that chance could have correlated with the others as it is belongs to no cluster.
    """
    weight = patterns.samples * ~patterns.second
    phi = _correlation(patterns.held, weight)
    np.fill_diagonal(phi, 0.0)
    # The sum over k keys, each chi-squared with one degree of freedom.
    dependence = weight.sum() * (phi**2).sum(1)
    kept = np.flatnonzero(dependence > len(phi) + DEVIATIONS * np.sqrt(2 * len(phi)))
    if len(kept) < 2:
        return [(int(key),) for key in kept]
    # scipy takes a fifth of a second to import.
    from scipy.cluster.hierarchy import fcluster, linkage

    profiles = phi[np.ix_(kept, kept)]
    profiles /= np.maximum(np.linalg.norm(profiles, axis=1, keepdims=True), 1e-300)
    distance = 1.0 - np.clip(profiles @ profiles.T, -1.0, 1.0)[np.triu_indices(len(kept), 1)]
    cluster = fcluster(linkage(distance, "average"), 1.0 - ALIKE, "distance")
    return [tuple(map(int, kept[cluster == one])) for one in np.unique(cluster)]


def _correlation(held: Flags, weight: Integers) -> Floats:
    """Pearson's correlation of each two keys (k, k) over weighted patterns; 0 for a key that all or none hold."""
    share = weight @ held / max(1, weight.sum())
    both = (held * weight[:, None]).T.astype(np.float64) @ held / max(1, weight.sum())
    spread = np.sqrt(share * (1 - share))
    with np.errstate(divide="ignore", invalid="ignore"):
        phi = (both - np.outer(share, share)) / np.outer(spread, spread)
    return np.clip(np.nan_to_num(phi, nan=0.0, posinf=0.0, neginf=0.0), -1.0, 1.0)


def _use(patterns: KeyPatterns, keys: tuple[int, ...], told: list[tuple[int, ...]]) -> Use:
    own = patterns.holds(keys)
    for other in told:
        if other != keys:
            own &= ~patterns.holds(other)
    counts = (own, own & patterns.searched, own & patterns.searched & patterns.shown)
    return Use(keys, *(int(patterns.samples[flags].sum()) for flags in counts))
