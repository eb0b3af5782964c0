"""Keys that stand beside a name, clustered by which of them go together inside its samples.

Keys (nouns and tags) are alike if they are correlated with the same other keys. Average linkage makes clusters of them
(as Schütze, "Automatic Word Sense Discrimination", 1998, clusters contexts).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Flags = NDArray[np.bool_]
Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

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
        return np.asarray(self.held[:, list(keys)].any(1))


def clusters_of(patterns: KeyPatterns) -> list[tuple[int, ...]]:
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
