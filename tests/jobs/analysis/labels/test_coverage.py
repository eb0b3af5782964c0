"""In corpora whose every pair is known, the intervals from labels hold the truth as often as they say."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

import numpy as np
import pytest
from judged_worlds import EVIDENCE, WEAK_EVIDENCE, Evidence, Judged, World, judge, world

from jobs.analysis.estimate import Estimate
from jobs.analysis.labels.concept_rates import right_pairs
from jobs.analysis.labels.corrected_slope import GROUPS, with_label_error
from jobs.analysis.labels.rates import rate
from jobs.analysis.labels.totals import divided, share_of_both, total
from jobs.analysis.pooled import describe

pytestmark = pytest.mark.long
# Searches find the first strata.
FOUND = 2
SLOPE = 0.28


def answers(given: World, judged: Judged) -> Iterator[tuple[str, Estimate | None, float]]:
    """What is estimated, the estimate, and the truth."""
    strata = given.pairs.shape[1]
    rates = [*(rate(judged.stratum(given, at)) for at in range(strata)), rate(judged.nothing)]
    for at, one in enumerate(rates[:-1]):
        yield "stratum", one, given.right[:, at].sum() / given.pairs[:, at].sum()
    sizes = [*given.pairs.sum(0).tolist(), given.nothing]
    part, missed = given.right[:, :FOUND].sum(), given.right[:, FOUND:].sum()
    found = total(sizes[:FOUND], rates[:FOUND])
    yield "precision", divided(found, sum(sizes[:FOUND])), part / sum(sizes[:FOUND])
    reach = total(sizes[FOUND:-1], rates[FOUND:-1])
    yield "recall in reach", share_of_both(found, reach), part / (part + missed)
    rest = total(sizes[FOUND:], rates[FOUND:])
    yield "recall", share_of_both(found, rest), part / (part + missed + given.nothing_right)
    estimated = right_pairs(given.pairs, judged.labelled, judged.right).over(np.ones(strata, bool))
    for one, truth in zip(estimated.intervals(), given.frequency, strict=True):
        yield "frequency", one, truth


@pytest.mark.parametrize("draws", [500, 2_000])
def test_rates_recall_and_frequencies(draws: int) -> None:
    held: dict[str, list[bool]] = defaultdict(list)
    for seed in range(60):
        random = np.random.default_rng(seed)
        given = world(random)
        for what, one, truth in answers(given, judge(random, given, draws)):
            assert one is not None and one.low is not None and one.high is not None
            held[what].append(one.low - 1e-9 <= truth <= one.high + 1e-9)
    assert all(np.mean(values) >= 0.94 for values in held.values()), {what: np.mean(v) for what, v in held.items()}


def slope(given: World, log_frequency: np.ndarray, scores: np.ndarray) -> Estimate:
    names = [str(at) for at in range(len(scores))]
    return describe(names, ["one"] * len(names), 10**log_frequency, scores, mixed=False).leading


@pytest.mark.parametrize(("draws", "evidence"), [(500, EVIDENCE), (2_000, EVIDENCE), (1_000, WEAK_EVIDENCE)])
def test_the_slope_comes_back(draws: int, evidence: Evidence) -> None:
    held, corrected, raw = list[bool](), list[float](), list[float]()
    for seed in range(100):
        random = np.random.default_rng(seed)
        given = world(random, evidence=evidence)
        judged = judge(random, given, draws)
        true = np.log10(np.maximum(given.frequency, 1))
        scores = 0.1 + SLOPE * true + random.normal(0, 0.1, len(true))
        every = np.ones(given.pairs.shape[1], bool)
        found = slope(given, right_pairs(given.pairs, judged.labelled, judged.right).over(every).mean_log(1), scores)
        each = [slope(given, one, scores).value for one in without_groups(random, given, judged)]
        one = with_label_error(found, each)
        assert one.low is not None and one.high is not None
        held.append(one.low <= SLOPE <= one.high)
        corrected.append(found.value)
        raw.append(slope(given, np.log10(np.maximum(given.pairs[:, :FOUND].sum(1), 1)), scores).value)
    assert 0.92 <= np.mean(held) <= 0.98 and np.mean(corrected) == pytest.approx(SLOPE, abs=0.01)
    assert np.mean(raw) > SLOPE + 0.05, "which is what had to be corrected"


def without_groups(random: np.random.Generator, given: World, judged: Judged) -> Iterator[np.ndarray]:
    """log10 of corrected frequencies without each group of labels."""
    shape, every = given.pairs.shape, np.ones(given.pairs.shape[1], bool)
    wrong = judged.labelled - judged.right
    cell = np.concatenate([np.repeat(np.arange(given.pairs.size), one.ravel()) for one in (judged.right, wrong)])
    right = np.arange(len(cell)) < judged.right.sum()
    group = random.permutation(len(cell)) % GROUPS
    for number in range(GROUPS):
        kept = group != number
        labelled = np.bincount(cell[kept], minlength=given.pairs.size).reshape(shape)
        found = np.bincount(cell[kept & right], minlength=given.pairs.size).reshape(shape)
        yield right_pairs(given.pairs, labelled, found).over(every).mean_log(1)
