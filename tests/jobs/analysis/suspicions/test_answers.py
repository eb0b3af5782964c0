"""Concepts that no noun search can answer."""

from __future__ import annotations

from dataclasses import replace

import suspects

from jobs.analysis.suspicions.answers import unanswerable
from jobs.analysis.suspicions.suspicion import Question


def test_what_no_noun_search_can_answer(text: Question, image: Question) -> None:
    reason = "'737' has digits, which the noun index drops"
    counts = suspects.counts(text, {"dog": 1_000, "737": 0, "A310": 100, "striped": None})
    counts = [counts[0], *(replace(count, unanswerable=reason) for count in counts[1:])]
    found = {one.concept: one for one in unanswerable(counts)}
    assert set(found) == {"737", "A310", "striped"}
    # The typical frequency is the median of 1,000 and 100 in decades; A310's own is what it may be off by.
    assert (found["737"].decades, found["A310"].decades, found["striped"].decades) == (2.5, 2, 2.5)
    assert found["737"].reason == f"{reason}: its frequency of 0 says nothing about the corpus"
    assert (
        "the 100 samples found hold something else" in found["A310"].reason
        and "is in no fit" in found["striped"].reason
    )


def test_image_search_needs_no_noun(image: Question) -> None:
    counts = suspects.counts(image, {"737": 4, "owl": None})
    found = list(unanswerable([replace(count, unanswerable="reason") for count in counts]))
    assert suspects.concepts(found) == ["owl"]
