"""Fingerprints that tell a shard's input and the labels of its tags apart."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from jobs.concepts.tagger_labels import SCORED_PER_IMAGE, same_input, to_score_again, with_labels
from jobs.lake.ledger import Unit, changed_units

UNIT = Unit("a.tar", "5f3a", work=1_000, samples=990)


def done(unit: Unit) -> dict[str, dict[str, Any]]:
    return {unit.shard: {"fingerprint": unit.fingerprint}}


def stale(units: Sequence[Unit], rows: dict[str, dict[str, Any]]) -> list[Unit]:
    """The units that the ledger would not take for done."""
    return changed_units(units, {shard: row["fingerprint"] for shard, row in rows.items()})


def test_the_same_labels_leave_nothing_to_do() -> None:
    (unit,) = with_labels([UNIT], ["dog", "cat"])
    assert not stale([unit], done(unit)) and not to_score_again([unit], done(unit))


@pytest.mark.parametrize("labels", [["dog", "cat", "mat"], ["dog"], ["cat", "dog"]])
def test_other_labels_ask_for_scores_alone(labels: list[str]) -> None:
    (before,), (now,) = with_labels([UNIT], ["dog", "cat"]), with_labels([UNIT], labels)
    assert stale([now], done(before)) == [now]
    (again,) = to_score_again([now], done(before))
    assert (again.shard, again.fingerprint, again.samples) == (now.shard, now.fingerprint, now.samples)
    assert again.work == UNIT.work // SCORED_PER_IMAGE


def test_another_input_is_looked_at_again_whatever_the_labels() -> None:
    (before,) = with_labels([Unit("a.tar", "0000", work=1)], ["dog"])
    for labels in (["dog"], ["dog", "cat"]):
        units = with_labels([UNIT], labels)
        assert stale(units, done(before)) == list(units)
        assert not to_score_again(units, done(before))


def test_a_shard_that_is_new_or_was_tagged_without_labels_is_looked_at() -> None:
    units = with_labels([UNIT], ["dog"])
    assert not to_score_again(units, {})
    assert not to_score_again(units, done(UNIT)), "as releases wrote it that did not tell them apart"
    assert not to_score_again([UNIT], done(units[0]))


def test_an_empty_shard_is_some_work() -> None:
    (before,), (now,) = (with_labels([Unit("a.tar", "5f3a", work=0)], labels) for labels in (["dog"], ["cat"]))
    assert to_score_again([now], done(before))[0].work == 1


def test_rows_that_were_being_tagged_again_are_tagged_again_whatever_the_labels() -> None:
    (before,), (now,) = with_labels([UNIT], ["dog"]), with_labels([UNIT], ["dog", "cat"])
    left = {UNIT.shard: {"fingerprint": same_input(before.fingerprint, now.fingerprint)}}
    for unit in (before, now):
        assert stale([unit], left) == [unit] and to_score_again([unit], left)
    (other,) = with_labels([Unit("a.tar", "0000", work=1)], ["dog"])
    assert same_input(before.fingerprint, other.fingerprint) == same_input(UNIT.fingerprint, UNIT.fingerprint) == ""
