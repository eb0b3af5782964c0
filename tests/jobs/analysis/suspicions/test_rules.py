"""All rules together: kinds, order, and the same suspicions whatever order the counts are in."""

from __future__ import annotations

import random

import suspects

from jobs.analysis.suspicions.kinds import KINDS
from jobs.analysis.suspicions.rules import Lists, find
from jobs.analysis.suspicions.suspicion import Question


def test_findings_come_by_weight_in_any_order_of_the_counts(text: Question, image: Question) -> None:
    counts = [
        *suspects.counts(text, {**suspects.spread(30), "dog": 9_000, "hot dog": 9_000, "rose": 0, "Rose": 0}, "a"),
        *suspects.counts(text, {"dog": 8_000}, "b"),
        *suspects.counts(image, {**suspects.spread(30), "dog": 9_500, "rose": 80_000, "cat": 7}, "a"),
    ]
    found = find(counts, Lists())
    assert [one.weight for one in found] == sorted((one.weight for one in found), reverse=True)
    assert {one.kind for one in found} <= set(KINDS)
    expected = {"zeros", "equals_a_term", "differs_between_lists", "differs_in_spelling", "zero_in_one_search"}
    assert expected <= {one.kind for one in found}
    for seed in range(3):
        assert find(random.Random(seed).sample(counts, len(counts)), Lists()) == found


def test_nothing_is_found_where_nothing_is_wrong(text: Question, image: Question, both: Question) -> None:
    frequencies = suspects.spread(40)
    counts = [count for question in (text, image, both) for count in suspects.counts(question, frequencies, "a")]
    assert not find(counts, Lists())
