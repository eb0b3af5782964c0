"""The rarest concepts, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from jobs.analysis.rarity import RareRules, rarest

# Of five concepts in two corpora, the second of which is a thousand times larger.
FREQUENCY = np.array([[10, 10_000], [0, 0], [1, 4_000], [0, 90], [3, 100_000]])
NONE = np.zeros(5, bool)


def test_each_corpus_weighs_the_same() -> None:
    found = rarest(FREQUENCY, NONE, RareRules(10))
    assert found.order.tolist() == [3, 2, 0, 4]
    assert found.typical == pytest.approx(np.sqrt([100_000, 1, 4_000, 90, 300_000]))
    assert found.left_out == {"named by a finding of the audit": 0, "found in fewer than 1 corpora": 1}


def test_rules_leave_out_and_are_counted_once() -> None:
    distrusted = np.array([False, True, False, True, False])
    found = rarest(FREQUENCY, distrusted, RareRules(1, found_in=2, max_frequency=50_000))
    assert found.order.tolist() == [2]
    assert list(found.left_out.values()) == [2, 0, 1]


def test_equally_rare_ones_keep_their_order_and_none_is_nothing() -> None:
    assert rarest(np.full((4, 1), 3), np.zeros(4, bool), RareRules(3)).order.tolist() == [0, 1, 2]
    assert rarest(np.zeros((2, 3)), np.zeros(2, bool), RareRules(3)).order.size == 0
