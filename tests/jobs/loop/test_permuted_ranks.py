"""Frequencies given by lot to the concepts of small drawn corpora are what makes their accuracy."""

from __future__ import annotations

from pathlib import Path

import pytest

from jobs.analysis.permuted_ranks import permuted_ranks
from jobs.loop.permuted_ranks import concepts_of_seed
from jobs.loop.plan import CorpusDesign
from jobs.loop.train import Training

pytestmark = [pytest.mark.long, pytest.mark.timeout(1200)]

SEEDS = range(4)
DRAWING = CorpusDesign(concepts=24, max_frequency=300, shards=2)
TRAINING = Training(steps=250, batch=128)


def test_more_samples_cause_accuracy(tmp_path: Path) -> None:
    outcomes = [one for seed in SEEDS for one in concepts_of_seed(seed, tmp_path / str(seed), DRAWING, TRAINING)]
    assert len(outcomes) == 24 * len(SEEDS) and all(0 <= one.accuracy <= 1 for one in outcomes)
    by_seed = [{one.concept: one.frequency for one in outcomes if one.seed == seed} for seed in SEEDS]
    assert all(one.keys() == by_seed[0].keys() for one in by_seed) and by_seed[0] != by_seed[1]
    columns = zip(*((one.seed, one.concept, one.frequency, one.accuracy) for one in outcomes), strict=True)
    found = permuted_ranks(*columns)
    assert found.slope.low > 0.05, found.verdict
    assert found.elsewhere.low < 0 < found.elsewhere.high or abs(found.elsewhere.value) < 0.3 * found.slope.value
