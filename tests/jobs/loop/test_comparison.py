"""The comparison with the truth, on numbers made by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest

from jobs.loop.comparison import (
    Comparison,
    FoundLaw,
    FrequencyPair,
    ImageSearchResult,
    LawByLabels,
    Tagged,
    concept_rows,
    render,
    text_frequencies,
)

LAW = FoundLaw("glyphs, text, tiny, simple", r=0.95, r_unbinned=0.8, slope=0.31, low=0.25, high=0.36)
GOOD = Comparison(
    samples=200,
    text=(FrequencyPair("sun", 100, 100), FrequencyPair("moon", 50, 49), FrequencyPair("star", 0, 0)),
    seen=(
        ImageSearchResult(0.5, (Tagged("sun", 100, 80, 60), Tagged("moon", 50, 0, 0), Tagged("star", 0, 0, 0)), 4, 7),
    ),
    law=LAW,
    other_laws=(replace(LAW, title="glyphs, image above 0.5, tiny, simple", r=0.9, r_unbinned=None),),
)


def test_text_frequencies_hold_the_concepts_of_both_sides() -> None:
    found = text_frequencies({"sun": 3, "moon": 2}, {"sun": 3, "comet": 1})
    assert found == (FrequencyPair("comet", 0, 1), FrequencyPair("moon", 2, 0), FrequencyPair("sun", 3, 3))


def test_a_surplus_does_not_hide_a_lack() -> None:
    text = (FrequencyPair("sun", 100, 110), FrequencyPair("moon", 100, 90), FrequencyPair("star", 10, 10))
    comparison = replace(GOOD, text=text)
    assert comparison.text_deviation == pytest.approx(20 / 210)
    assert [one.concept for one in comparison.deviating] == ["moon", "sun"]


def test_nothing_in_truth_and_something_found_is_a_whole_deviation() -> None:
    assert replace(GOOD, text=(FrequencyPair("sun", 0, 1),)).text_deviation == 1
    assert replace(GOOD, text=(FrequencyPair("sun", 0, 0),)).text_deviation == 0


def test_precision_and_recall_of_a_concept_and_of_all() -> None:
    sun, moon, star = GOOD.seen[0].tags
    assert (sun.precision, sun.recall) == (0.75, 0.6)
    assert (moon.precision, moon.recall) == (None, 0)
    assert (star.precision, star.recall) == (None, None)
    overall = GOOD.seen[0].overall
    assert (overall.shown, overall.tagged, overall.both) == (150, 80, 60)
    assert (overall.precision, overall.recall) == (0.75, 0.4)


def test_the_poorest_concepts_fall_short_by_the_most_images() -> None:
    assert [one.concept for one in GOOD.seen[0].poorest] == ["sun", "moon"]


@pytest.mark.parametrize(
    ("change", "failures"),
    [
        ({}, 0),
        ({"text": (FrequencyPair("sun", 100, 98),)}, 0),
        ({"text": (FrequencyPair("sun", 100, 97),)}, 1),
        ({"law": replace(LAW, r=0.9)}, 0),
        ({"law": replace(LAW, r=0.899)}, 1),
        ({"law": replace(LAW, r=float("nan"))}, 1),
        ({"law": replace(LAW, r=None)}, 1),
        ({"law": replace(LAW, true_slope=0.29)}, 0),
        ({"law": replace(LAW, true_slope=0.28)}, 1),
        ({"text": (FrequencyPair("sun", 100, 97),), "law": replace(LAW, r=-0.95)}, 2),
    ],
)
def test_the_loop_closes_within_two_percent_and_above_nine_tenths(change: dict[str, object], failures: int) -> None:
    assert len(replace(GOOD, **change).failures) == failures


def test_the_text_says_what_was_found() -> None:
    assert render(GOOD) == "\n".join(
        [
            "200 samples, 3 concepts",
            "text     149 found, 150 in truth; deviation 0.67%; furthest off: moon (49 for 50)",
            "images   above 0.5: precision 0.750, recall 0.400; misaligned 7 found, 4 in truth; "
            "furthest off: sun, moon",
            "law      glyphs, text, tiny, simple: r 0.950, over concepts 0.800; +0.310 per decade (+0.250 to +0.360)",
            "         of other searches and prompts, 1: r 0.900 to 0.900",
            "the loop closes",
        ]
    )


def test_a_search_that_distorts_the_law_is_named() -> None:
    image = replace(LAW, title="glyphs, image above 0.3, tiny, simple", slope=0.441, true_slope=0.28)
    found = replace(GOOD, law=replace(LAW, true_slope=0.309), other_laws=(image, replace(image, slope=0.29)))
    lines = render(found).splitlines()
    assert lines[-4].endswith("+0.310 per decade (+0.250 to +0.360), by true frequencies +0.309")
    assert lines[-2] == "         glyphs, image above 0.3, tiny, simple: +0.441 per decade, by true frequencies +0.280"
    assert lines[-1] == (
        "the loop closes for text search; the law above is distorted by what image search takes for a concept"
    )


def test_the_law_by_labels_stands_beside_the_true_one() -> None:
    law = LawByLabels("glyphs, image above 0.3, tiny, simple", 1_000, 0.441, 0.29, 0.24, 0.33, 0.279)
    assert render(replace(GOOD, by_labels=law)).splitlines()[-2] == (
        "labels   glyphs, image above 0.3, tiny, simple: +0.441 per decade, corrected by 1,000 labels +0.290 "
        "(+0.240 to +0.330); holds the true +0.279"
    )
    far = replace(law, true_slope=0.2)
    assert "does not hold the true +0.200" in render(replace(GOOD, by_labels=far))
    bare = render(replace(GOOD, by_labels=replace(law, low=None, high=None, true_slope=None)))
    assert bare.splitlines()[-2].endswith("corrected by 1,000 labels +0.290")


def test_the_text_says_what_fails_and_how_many_more_deviate() -> None:
    text = tuple(FrequencyPair(f"c{number}", 10, 9 - number) for number in range(7))
    lines = render(replace(GOOD, text=text, law=replace(LAW, r=0.5))).splitlines()
    assert lines[1].endswith("; furthest off: c6 (3 for 10), c5 (4 for 10), c4 (5 for 10), 4 more")
    assert lines[-2:] == [
        "FAILED   the text frequencies deviate by 40.00%; at most 2% expected",
        "FAILED   the law's r is 0.500; at least 0.9 expected",
    ]


def test_every_concept_has_a_row_at_every_threshold() -> None:
    rows = concept_rows(replace(GOOD, seen=(GOOD.seen[0], replace(GOOD.seen[0], threshold=0.7))))
    assert [(row["concept"], row["threshold"]) for row in rows] == [
        (name, threshold) for threshold in (0.5, 0.7) for name in ("sun", "moon", "star")
    ]
    assert rows[1] == {
        "concept": "moon",
        "text_true": 50,
        "text_found": 49,
        "threshold": 0.5,
        "image_true": 50,
        "image_found": 0,
        "precision": None,
        "recall": 0.0,
    }
