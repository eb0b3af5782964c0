"""Uses of a name in samples whose senses are drawn: told apart if they are there, and never if they are not."""

from __future__ import annotations

import numpy as np
import pytest

from jobs.analysis.key_clusters import KeyPatterns
from jobs.analysis.senses import uses_of

# Keys of each sense, and keys that go with all.
OWN, COMMON = 8, 6


def drawn(samples: int, shares: tuple[float, ...], seed: int) -> tuple[KeyPatterns, np.ndarray]:
    """Samples of a name of some senses, each sample a pattern of its own; and the sense of each key, -1 for none."""
    random = np.random.default_rng(seed)
    sense = random.choice(len(shares), size=samples, p=shares)
    of_key = np.append(np.repeat(np.arange(len(shares)), OWN), np.full(COMMON, -1))
    often = random.uniform(0.03, 0.25, len(of_key))
    chance = np.where((of_key == sense[:, None]) | (of_key == -1), often, 0.002)
    held = random.random(chance.shape) < chance
    ones = np.ones(samples, bool)
    # Images show the thing in the first sense alone.
    return KeyPatterns(held, ones.astype(np.int64), np.arange(samples) % 2 == 1, ones, sense == 0), of_key


@pytest.mark.parametrize("shares", [(0.5, 0.5), (0.8, 0.2), (0.4, 0.4, 0.2)])
@pytest.mark.parametrize("seed", range(3))
def test_senses_are_told_apart(shares: tuple[float, ...], seed: int) -> None:
    patterns, of_key = drawn(6_000, shares, seed)
    found = uses_of(patterns)
    assert 2 <= len(found) <= len(shares)
    for use in found:
        [sense] = {int(of_key[key]) for key in use.keys if of_key[key] >= 0}
        assert use.shown / use.searched == pytest.approx(1.0 if sense == 0 else 0.0, abs=0.05)
    assert [use.samples for use in found] == sorted((use.samples for use in found), reverse=True)


@pytest.mark.parametrize("samples", [200, 1_000, 6_000])
@pytest.mark.parametrize("seed", range(5))
def test_one_sense_is_not_split(samples: int, seed: int) -> None:
    assert uses_of(drawn(samples, (1.0,), seed)[0]) == ()


def test_few_samples_tell_nothing() -> None:
    assert uses_of(drawn(199, (0.5, 0.5), 0)[0]) == ()
    assert uses_of(drawn(1_000, (0.99, 0.01), 0)[0]) == ()


def test_weighted_patterns_are_samples() -> None:
    patterns, _ = drawn(3_000, (0.5, 0.5), 1)
    rows, place, samples = np.unique(
        np.column_stack([patterns.held, patterns.second, patterns.searched, patterns.shown]),
        axis=0, return_inverse=True, return_counts=True,
    )  # fmt: skip
    assert len(rows) < len(place)
    same = KeyPatterns(rows[:, :-3], samples.astype(np.int64), rows[:, -3], rows[:, -2], rows[:, -1])
    assert uses_of(same) == uses_of(patterns)


def test_no_key_tells_nothing() -> None:
    patterns, _ = drawn(1_000, (1.0,), 0)
    none = KeyPatterns(patterns.held[:, :0], patterns.samples, patterns.second, patterns.searched, patterns.shown)
    assert uses_of(none) == ()
    one = KeyPatterns(patterns.held[:, :1], patterns.samples, patterns.second, patterns.searched, patterns.shown)
    assert uses_of(one) == ()
