from __future__ import annotations

import pytest

from jobs.settings.text_search import Captions
from jobs.verification.differences import AGREES, DIFFERS, TOLERATED, Asked, Verdict, compare, compare_tags
from jobs.verification.sample_views import SampleView, Tags, Text
from udfs.counting.matching import make_matcher
from udfs.text.queries import Query

QUERIES = {
    "dog": Query("dog", (("dog",),), None),
    "hot dog": Query("hot dog", (("hot",), ("dog",)), None),
    "737": Query("737", (), "digits"),
}
READ = {"sample": "k", "status": "ok", "caption": "a dog", "caption_repaired": False, "image": None}
DOG = Text("ok", ("dog",), (1,))


def asked(match: str = "strict", labels: dict[str, tuple[str, ...]] | None = None) -> Asked:
    captions = Captions.model_validate({"match": match})
    matcher = make_matcher(tuple(QUERIES.values()), captions.match)
    names = labels if labels is not None else {"hound": ("dog",), "terrier": ("dog",), "cat": ("cat",)}
    return Asked(QUERIES, matcher, captions, names, (0.3, 0.5), 0.1)


def verdicts(stored: SampleView, found: SampleView, match: str = "strict") -> dict[tuple[str, float | None], Verdict]:
    return {(one.check, one.threshold): one for one in compare(stored, found, asked(match))}


def outcomes(stored: SampleView, found: SampleView) -> dict[tuple[str, float | None], str]:
    return {at: one.outcome for at, one in verdicts(stored, found).items()}


def tagged(**scores: float) -> SampleView:
    return SampleView(READ, DOG, Tags("ok", scores))


def test_equal_sides_agree_in_every_check() -> None:
    found = outcomes(tagged(hound=0.6), tagged(hound=0.6, terrier=0.05, cat=0.01))
    searches = [(search, threshold) for threshold in (0.3, 0.5) for search in ("image", "integrated")]
    assert found == dict.fromkeys([("read", None), ("nouns", None), ("tags", None), ("text", None), *searches], AGREES)


def test_another_noun_is_a_difference_of_nouns_and_of_what_it_decides() -> None:
    found = verdicts(SampleView(READ, DOG), SampleView(READ, Text("ok", ("cat",), (1,))))
    assert found["nouns", None] == Verdict("nouns", DIFFERS, None, "dog@1", "cat@1")
    assert found["text", None] == Verdict("text", DIFFERS, None, "dog", "nothing")


def test_another_position_is_a_difference_even_where_no_concept_changes() -> None:
    found = outcomes(SampleView(READ, DOG), SampleView(READ, Text("ok", ("dog",), (2,))))
    assert found["nouns", None] == DIFFERS and found["text", None] == AGREES


def test_what_is_stored_for_one_side_only_is_a_difference() -> None:
    found = verdicts(SampleView(READ, DOG), SampleView())
    assert found["read", None].outcome == DIFFERS and found["read", None].found == "nothing"
    assert found["nouns", None].found == "nothing" and found["text", None].stored == "dog"


def test_another_caption_is_named_with_both_sides() -> None:
    found = verdicts(SampleView(READ), SampleView({**READ, "caption": "a cat"}))["read", None]
    assert (found.stored, found.found) == ("caption 'a dog'", "caption 'a cat'")


@pytest.mark.parametrize(
    ("stored", "found", "outcome"),
    [
        ({"hound": 0.6}, {"hound": 0.6015}, AGREES),
        ({"hound": 0.6}, {"hound": 0.603}, DIFFERS),
        ({}, {"hound": 0.1015}, AGREES),  # not stored: at the floor of 0.1 or below
        ({}, {"hound": 0.103}, DIFFERS),
        ({"hound": 0.1001}, {"hound": 0.0999}, AGREES),
        ({"wolf": 0.2}, {"hound": 0.01}, DIFFERS),  # a label that the tagger does not have
    ],
)
def test_scores_may_be_two_thousandths_apart(stored: dict[str, float], found: dict[str, float], outcome: str) -> None:
    assert compare_tags(Tags("ok", stored), Tags("ok", found), 0.1).outcome == outcome


def test_a_difference_of_scores_shows_them_and_how_far_apart_they_are() -> None:
    found = compare_tags(Tags("ok", {"hound": 0.6}), Tags("ok", {"hound": 0.4, "cat": 0.25}), 0.1)
    assert (found.stored, found.found) == ("hound 0.6000, no cat", "hound 0.4000, cat 0.2500")
    assert found.gap == pytest.approx(0.2)


def test_an_image_that_was_rejected_and_one_that_was_not_differ() -> None:
    found = verdicts(SampleView(READ, DOG, Tags("decode_error", {})), tagged(hound=0.6))
    assert found["tags", None].stored == "decode_error" and found["tags", None].outcome == DIFFERS
    assert found["image", 0.5] == Verdict("image", DIFFERS, 0.5, "nothing", "dog")


def test_membership_is_excused_only_where_the_stored_score_is_at_the_threshold() -> None:
    near = outcomes(tagged(hound=0.5005), tagged(hound=0.4995))
    assert near["image", 0.5] == near["integrated", 0.5] == TOLERATED
    assert near["tags", None] == near["image", 0.3] == near["text", None] == AGREES
    far = outcomes(tagged(hound=0.51), tagged(hound=0.4995))
    assert far["image", 0.5] == far["integrated", 0.5] == DIFFERS


def test_a_score_at_the_threshold_excuses_no_difference_of_text() -> None:
    stored = SampleView(READ, DOG, Tags("ok", {"hound": 0.5005}))
    found = SampleView(READ, Text("ok"), Tags("ok", {"hound": 0.4995}))
    both = outcomes(stored, found)
    assert both["text", None] == both["integrated", 0.5] == DIFFERS and both["image", 0.5] == TOLERATED


def test_the_strongest_label_of_a_concept_decides() -> None:
    found = outcomes(tagged(hound=0.6, terrier=0.5), tagged(hound=0.6, terrier=0.501))
    assert found["image", 0.5] == AGREES


def test_terms_beside_each_other() -> None:
    apart = SampleView(READ, Text("ok", ("hot", "dog"), (0, 2)))
    together = SampleView(READ, Text("ok", ("hot", "dog"), (3, 4)))
    found = verdicts(apart, together, "phrase")["text", None]
    assert (found.outcome, found.stored, found.found) == (DIFFERS, "nothing", "hot dog")
    found = verdicts(together, apart, "phrase")["text", None]
    assert (found.outcome, found.stored, found.found) == (DIFFERS, "hot dog", "nothing")
