"""Corpora whose every pair of a concept and a sample is known, and draws of their labels, for tests of statistics."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from jobs.analysis.labels.rates import StratumLabels
from jobs.analysis.labels.shares import EQUAL, ROOT, chances, shares

Counts = NDArray[np.int64]
Floats = NDArray[np.float64]
# The share of right pairs that each stratum holds, the strongest evidence first, and of 1,000 samples the wrong ones.
Evidence = tuple[tuple[float, float], ...]
EVIDENCE: Evidence = ((0.50, 1.0), (0.20, 0.5), (0.12, 2.0), (0.08, 6.0), (0.07, 20.0))
# The strongest evidence holds few of the right pairs, so that it says less of a concept.
WEAK_EVIDENCE: Evidence = ((0.20, 1.0), (0.20, 0.5), (0.20, 2.0), (0.20, 6.0), (0.10, 20.0))


@dataclass(frozen=True)
class World:
    """The pairs of n concepts in m strata and those that are right, (n, m); what nothing finds, for all concepts."""

    samples: int
    pairs: Counts
    right: Counts
    nothing: int
    nothing_right: int

    @property
    def frequency(self) -> Counts:
        """The right pairs of each concept in the strata."""
        return self.right.sum(1)


def world(
    random: np.random.Generator, concepts: int = 60, samples: int = 20_000, evidence: Evidence = EVIDENCE
) -> World:
    """Concepts with 1 to 1,500 right pairs; wrong ones gather around some concepts more than around others."""
    frequency = np.rint(10 ** random.uniform(0, np.log10(1_500), concepts)).astype(np.int64)
    shares = np.array([share for share, _ in evidence])
    placed = np.stack([random.multinomial(one, [*shares, 1 - shares.sum()]) for one in frequency])
    confused = random.gamma(1.0, 1.0, (concepts, 1))
    wrong = random.poisson(confused * np.array([rate for _, rate in evidence]) * samples / 1_000)
    pairs = placed[:, :-1] + wrong
    nothing = concepts * samples - int(pairs.sum()) - int(placed[:, -1].sum())
    return World(samples, pairs, placed[:, :-1], nothing + int(placed[:, -1].sum()), int(placed[:, -1].sum()))


@dataclass(frozen=True)
class Judged:
    """Labels of a world: chances, labelled and right pairs by cell (n, m), and those of what nothing finds."""

    chances: Floats
    labelled: Counts
    right: Counts
    nothing: StratumLabels

    def stratum(self, given: World, at: int) -> StratumLabels:
        """One stratum's cells."""
        return StratumLabels(given.pairs[:, at], self.chances[:, at], self.labelled[:, at], self.right[:, at])


def judge(random: np.random.Generator, given: World, draws: int) -> Judged:
    """About so many labels, drawn as `jobs.results.labels.drawn_pairs` draws them."""
    sizes = [*given.pairs.sum(0).tolist(), given.nothing]
    *of_strata, of_nothing = shares(sizes, draws, EQUAL)
    chance = np.stack([chances(given.pairs[:, at], share, ROOT) for at, share in enumerate(of_strata)], axis=1)
    right = random.binomial(given.right, chance)
    wrong = random.binomial(given.pairs - given.right, chance)
    rate = of_nothing / given.nothing
    found = random.binomial(given.nothing_right, rate)
    unseen = random.binomial(given.nothing - given.nothing_right, rate)
    numbers = (np.array([one], np.int64) for one in (found + unseen, found))
    nothing = StratumLabels(np.array([given.nothing]), np.array([rate]), *numbers)
    return Judged(chance, right + wrong, right, nothing)
