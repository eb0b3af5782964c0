"""Strata have names that tell them apart, and know which searches find their pairs."""

from __future__ import annotations

from itertools import product

import pytest

from jobs.results.labels.strata import NAME_OF_NOTHING, Stratum, edges_of, in_order
from jobs.settings.image_search import Scores
from udfs.counting.evidence import NOTHING, TEXT, of_edge

EDGES = (0.1, 0.3, 0.5)


def evidence(text: bool, *above: bool) -> int:
    return (TEXT if text else NOTHING) | sum(of_edge(at) for at, there in enumerate(above) if there)


@pytest.mark.parametrize(
    ("bits", "name"),
    [
        (NOTHING, NAME_OF_NOTHING),
        (evidence(True, False, False, False), "text"),
        (evidence(False, True, False, False), "image 0.1 to 0.3"),
        (evidence(True, True, True, True), "text, image 0.5 to 1"),
        (evidence(False, True, False, True), "image 0.5 to 1 but not above 0.3"),
    ],
)
def test_names(bits: int, name: str) -> None:
    assert Stratum(bits, EDGES).name == name


def test_no_two_strata_have_one_name() -> None:
    every = [Stratum(evidence(*flags), EDGES) for flags in product((False, True), repeat=4)]
    assert len({one.name for one in every}) == len(every) == 16


def test_searches_find_what_their_evidence_says() -> None:
    one = Stratum(evidence(True, True, True, False), EDGES)
    assert one.found_by("text", None) and one.found_by("image", 0.3) and one.found_by("integrated", 0.1)
    assert not one.found_by("image", 0.5)
    seen = Stratum(evidence(False, True, True, False), EDGES)
    assert not seen.found_by("text", None) and not seen.found_by("integrated", 0.3) and seen.found_by("image", 0.3)


def test_edges_are_floor_thresholds_and_the_middles_between() -> None:
    assert edges_of(Scores(floor=0.1, threshold=[0.5, 0.3])) == (0.1, 0.2, 0.3, 0.4, 0.5, 0.75)
    assert edges_of(Scores(floor=0.5, threshold=0.5)) == (0.5, 0.75)
    assert edges_of(None) == ()


def test_the_strongest_evidence_comes_first() -> None:
    bits = [
        TEXT,
        evidence(False, True, False, False),
        evidence(True, True, True, True),
        evidence(False, True, True, True),
    ]
    names = [one.name for one in in_order(bits, EDGES)]
    assert names == ["text, image 0.5 to 1", "image 0.5 to 1", "image 0.1 to 0.3", "text"]
