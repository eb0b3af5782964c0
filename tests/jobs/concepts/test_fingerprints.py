"""Fingerprints of two facts: their text, which lakes hold, and what it tells."""

from __future__ import annotations

import pytest

from jobs.concepts.fingerprints import TagFingerprint, TotalsFingerprint
from jobs.lake.ledger import Unit
from jobs.lake.specs import digest

UNITS = [Unit("a.tar", "5f3a", work=1), Unit("b.tar", "00c1-77", work=1)]


def test_the_text_of_tags_is_that_of_the_lakes_there_are() -> None:
    made = TagFingerprint.made_for(UNITS[0], ["dog", "cat"])
    assert str(made) == f"5f3a-{digest(['dog', 'cat'])[:12]}"
    assert TagFingerprint.parse(str(made)) == made
    alone = TagFingerprint.parse("5f3a")
    assert alone == TagFingerprint("5f3a", None) and str(alone) == "5f3a"


@pytest.mark.parametrize(
    ("one", "other", "alone"),
    [
        ("5f3a-11", "5f3a-22", True),
        ("5f3a-11", "5f3a-11", False),
        ("5f3a-11", "5f3b-22", False),
        ("5f3a-11", "5f3a", False),
        ("5f3a", "5f3a-11", False),
        ("5f3a", "5f3b", False),
    ],
)
def test_labels_alone_differ(one: str, other: str, alone: bool) -> None:
    assert TagFingerprint.parse(one).differs_in_labels_alone(TagFingerprint.parse(other)) is alone


def test_the_text_of_totals_is_that_of_the_lakes_there_are() -> None:
    asked = digest("questions")
    made = TotalsFingerprint.summed_over(UNITS, asked)
    shards = digest([["a.tar", "5f3a"], ["b.tar", "00c1-77"]])[:16]
    assert str(made) == asked[:8] + shards
    assert TotalsFingerprint.parse(str(made)) == made
    assert made.answers(asked) and not made.answers(digest("other questions"))
