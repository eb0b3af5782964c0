"""The companions of concepts: both concepts of a pair see it, the most associated first."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from seen_lakes import seen_lake

from jobs.core import reading
from jobs.results.samples.companions import Companion, companions, strongest
from jobs.results.samples.cooccurrence import Cooccurrences, PairQuestion


def found(pairs: dict[tuple[int, int], int]) -> Cooccurrences:
    first, second = np.array(list(pairs), np.int64).reshape(-1, 2).T
    names, frequency, together = ("a", "b", "c", "d"), np.array([40, 40, 10, 5]), np.array([*pairs.values()], np.int64)
    return Cooccurrences("c", PairQuestion("text", None), names, 100, frequency, first, second, together)


def test_both_concepts_of_a_pair_see_it() -> None:
    pairs = found({(0, 1): 20, (0, 2): 9, (1, 2): 6})
    npmi = dict(zip([(0, 1), (0, 2), (1, 2)], pairs.association.npmi.tolist(), strict=True))
    told = strongest(pairs, 5)
    assert told["a"] == (Companion("c", 9, npmi[0, 2]), Companion("b", 20, npmi[0, 1]))
    assert [one.name for one in told["b"]] == ["c", "a"] and [one.name for one in told["c"]] == ["a", "b"]
    assert "d" not in told and strongest(pairs, 1)["a"] == told["a"][:1]
    assert strongest(found({}), 5) == {}


def test_corpora_that_only_spark_answers_are_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    context = seen_lake(tmp_path).context
    # Captions of this lake name one concept each.
    assert companions(context, 5) == {"tiny, text search": {}}
    monkeypatch.setattr(reading, "SAMPLES_HERE", 1)
    assert companions(context, 5) == {}
