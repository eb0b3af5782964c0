"""Names that images seldom show although captions have them, and names that are in the same samples."""

from __future__ import annotations

import pytest
import suspects

from jobs.analysis.suspicions.meanings import ENOUGH, SharedSamples, ambiguous, duplicated
from jobs.analysis.suspicions.suspicion import Count, Question, by_question

Frequencies = dict[str, int | None]


def three(text: Question, image: Question, both: Question, **frequencies: tuple[int, int, int]) -> list[Count]:
    """Counts of each name by text, by image and by both, beside peers that images show in four of ten samples."""
    peers = {f"peer{row}": (1_000 + row, 9_000, 400 + 5 * (row % 7)) for row in range(ENOUGH)}
    found = []
    for place, question in enumerate((text, image, both)):
        numbers: Frequencies = {name: each[place] for name, each in {**peers, **frequencies}.items()}
        found += suspects.counts(question, numbers)
    return found


def test_a_name_that_images_seldom_show(text: Question, image: Question, both: Question) -> None:
    counts = three(text, image, both, jaguar=(1_700, 3_500, 230), dog=(8_600, 60_000, 5_500), plain=(2_000, 2_500, 500))
    [found] = ambiguous(by_question(counts))
    assert (found.kind, found.concept, found.frequency, found.question) == ("ambiguous", "jaguar", 1_700, text)
    assert found.other == "integrated search (strict) above 0.5: 230"
    assert "images show jaguar in 0.14 of the 1,700 samples whose captions name it, and in 0.41" in found.reason
    # A third of what its peers have is half a decade.
    assert found.decades == pytest.approx(0.48, abs=0.03) and found.concepts == 1


def test_what_images_could_not_show_is_another_matter(text: Question, image: Question, both: Question) -> None:
    """The tagger finds China in 18 images: it does not know it."""
    assert not list(ambiguous(by_question(three(text, image, both, China=(9_900, 18, 0)))))


def test_few_samples_or_few_peers_say_nothing(text: Question, image: Question, both: Question) -> None:
    assert not list(ambiguous(by_question(three(text, image, both, bass=(12, 40, 0)))))
    counts = [one for one in three(text, image, both, bass=(1_700, 3_500, 10)) if one.concept != "peer3"]
    assert len({one.concept for one in counts}) == ENOUGH
    [found] = ambiguous(by_question(counts))
    assert found.concept == "bass"
    assert not list(ambiguous(by_question([one for one in counts if one.concept != "peer4"])))


def test_only_the_highest_threshold_is_judged(text: Question, image: Question, both: Question) -> None:
    low = Question("own", "c", "integrated", "strict", 0.3)
    counts = three(text, image, both, jaguar=(1_700, 3_500, 230))
    lower = [Count(low, one.concept, one.lists, one.frequency) for one in counts if one.question == both]
    assert [one.other for one in ambiguous(by_question([*counts, *lower]))] == [
        "integrated search (strict) above 0.5: 230"
    ]


def test_widely_spread_peers_allow_for_it(text: Question, image: Question, both: Question) -> None:
    wide = {f"wide{row}": (2_000, 9_000, 1_900 // 3 ** (row % 5)) for row in range(4 * ENOUGH)}
    assert not list(ambiguous(by_question(three(text, image, both, **wide, jaguar=(1_700, 3_500, 230)))))


def pair(question: Question, first: str, second: str, both: int, either: int) -> SharedSamples:
    one, other = (Count(question, name, ("words",), either) for name in (first, second))
    return SharedSamples(one, other, both, either, 10_000)


def test_names_in_the_same_samples(text: Question) -> None:
    pairs = [
        pair(text, "violin", "fiddle", 95, 100),
        pair(text, "violin", "strings", 99, 100),
        pair(text, "couch", "sofa", 89, 100),
        pair(text, "Boxer", "boxer", 100, 100),
        pair(text, "eft", "newt", 9, 9),
    ]
    found = {one.concept: one for one in duplicated(pairs)}
    assert found.keys() == {"violin", "fiddle", "strings"}
    violin = found["violin"]
    assert (violin.kind, violin.other, violin.concepts, violin.decades) == ("duplicated", "strings, fiddle", 3, 2.0)
    assert "violin and strings are in the same samples: 99 of 100 that hold one of them hold both, among 10,000" in (
        violin.reason
    )
    assert (found["fiddle"].other, found["fiddle"].concepts) == ("violin", 2)
