"""What goes into a fit, and every reason for which none is made."""

from __future__ import annotations

import pytest
from results import ACCURACY, IMAGE, KEY, pools, published

from jobs.reproduction.fits import fit_all
from jobs.reproduction.pools import Pool, Unfit, make_pools, matching_model
from jobs.reproduction.published_rows import PublishedResults, PublishedScore, Search


def only(found: PublishedResults, wanted=None, fixes=None) -> Pool | Unfit:
    [(_, pool)] = make_pools(found, wanted or pools(), fixes or {})
    return pool


def with_scores(**changes) -> PublishedResults:
    """The results with some sets' scores replaced."""
    found = published()
    return published(scores={ACCURACY: {**found.scores[ACCURACY], **changes}})


def test_pairs_of_all_sets_are_pooled_in_order() -> None:
    found = published()
    pool = only(found)
    assert isinstance(pool, Pool) and len(pool.names) == 200 and pool.set_of == ("pets",) * 120 + ("planes",) * 80
    assert list(pool.names[:120]) == sorted(found.counts[IMAGE]["pets"])
    at = pool.names.index("plane7")
    assert pool.frequency[at] == found.counts[IMAGE]["planes"]["plane7"]
    assert pool.score[at] == found.scores[ACCURACY]["planes"][KEY]["plane7"].value
    assert pool.key.title == "cc3m, image 0.7 search, RN50, accuracy, class prompts"


def test_a_search_leaves_out_the_sets_that_the_protocol_says() -> None:
    counts = published().counts[IMAGE]
    pool = only(published(counts={Search("cc3m", "text", None): counts}))
    assert set(pool.set_of) == {"pets"} and pool.absent == ()


def test_a_set_without_counts_is_named_and_the_others_are_fitted() -> None:
    pool = only(published(counts={IMAGE: {"pets": published().counts[IMAGE]["pets"]}}))
    assert pool.absent == ("planes",) and len(pool.names) == 120


def test_counts_of_other_sets_and_corpora_give_no_fit() -> None:
    counts = published().counts[IMAGE]
    others = {Search("cc3m", "image", 0.5): {"coco": {"cat": 1}}, Search("elsewhere", "image", 0.7): counts}
    assert list(make_pools(published(counts=others), pools(), {})) == []


def test_a_name_fix_pairs_what_is_spelled_otherwise() -> None:
    found = published()
    scores = dict(found.scores[ACCURACY]["planes"][KEY])
    scores["aeroplane"] = scores.pop("plane3")
    spelled = with_scores(planes={KEY: scores})
    assert "planes: plane3" in str(only(spelled))
    pool = only(spelled, fixes={"planes": {"aeroplane": "plane3"}})
    assert pool.score[pool.names.index("plane3")] == scores["aeroplane"].value


def test_a_counted_concept_without_a_score_is_refused_by_name() -> None:
    scores = dict(published().scores[ACCURACY]["pets"][KEY])
    del scores["pet5"]
    scores["pet6"] = PublishedScore(None, 0)
    refusal = only(with_scores(pets={KEY: scores}))
    assert isinstance(refusal, Unfit)
    assert str(refusal) == "2 counted concepts have no accuracy: pets: pet5, pets: pet6"


def test_or_left_out_where_the_protocol_says_so() -> None:
    scores = dict(published().scores[ACCURACY]["pets"][KEY])
    del scores["pet5"]
    lenient = pools(classification={**pools().classification.model_dump(), "uncounted": "leave_out"})
    pool = only(with_scores(pets={KEY: scores}), lenient)
    assert pool.left_out == ("pets: pet5",) and len(pool.names) == 199


def test_concepts_with_few_scores_are_left_out_where_the_protocol_says_so() -> None:
    scores = {KEY: {f"pet{i}": PublishedScore(50.0 + i, i) for i in range(120)}}
    strict = pools(classification={**pools().classification.model_dump(), "sets": ["pets"], "min_scores": 6})
    pool = only(with_scores(pets=scores), strict)
    assert len(pool.names) == 114 and "pets: pet5" in pool.left_out and "pet6" in pool.names


def test_a_model_key_that_fits_twice_is_refused_by_name() -> None:
    scores = published().scores[ACCURACY]["pets"][KEY]
    refusal = only(with_scores(pets={KEY: scores, "backboneRN50x4_pretrainedcc3m": scores}))
    assert "2 model keys fit RN50 on cc3m: backboneRN50_pretrainedcc3m, backboneRN50x4_pretrainedcc3m" in str(refusal)
    assert str(refusal).startswith("pets (accuracy, class; 120 concepts): ")


def test_a_model_and_a_set_that_were_not_measured_are_named() -> None:
    assert "no model's key names both RN50 and cc3m" in str(only(with_scores(pets={"backboneRN50_x": {}})))
    found = published()
    scores = {"pets": found.scores[ACCURACY]["pets"]}
    assert str(only(published(scores={ACCURACY: scores}))) == (
        "planes (accuracy, class; 80 concepts): none is published"
    )
    both = str(only(published(scores={ACCURACY: {}})))
    assert both == "pets, planes (accuracy, class; 200 concepts): none is published"
    apart = str(only(published(scores={ACCURACY: {"pets": {"backboneRN50_x": {}}}})))
    assert apart.startswith("pets (accuracy, class; 120 concepts): no model's key") and "; planes (" in apart


def test_sets_in_different_units_are_not_pooled() -> None:
    units = {ACCURACY: {"pets": "share", "planes": "percent"}}
    assert str(only(published(units=units))) == (
        "accuracy is in share for pets and in percent for planes: they cannot be pooled; import files of one unit"
    )
    alone = {IMAGE: {"pets": published().counts[IMAGE]["pets"]}}
    assert only(published(units=units, counts=alone)).unit == "share"


def test_the_substring_rule() -> None:
    keys = ["backboneRN50_pretrainedcc3m", "backboneRN50_pretrainedcc12m", "backboneViT-B-16_pretrainedcc3m"]
    assert matching_model(keys, "cc12m", "RN50") == keys[1] and matching_model(keys, "cc3m", "ViT-B-16") == keys[2]


@pytest.mark.parametrize(
    ("frequency", "accuracy", "said"),
    [
        (lambda i: 7, float, "all 120 concepts have the same frequency (7)"),
        (lambda i: i % 2, float, "all 120 concepts have the same frequency (1)"),
        (lambda i: i, lambda i: 40.0, "all 120 scores are equal"),
    ],
)
def test_what_cannot_be_fitted_is_refused_with_its_reason(frequency, accuracy, said: str) -> None:
    from results import protocol

    found = published(
        counts={Search("cc3m", "text", None): {"pets": {f"pet{i}": frequency(i) for i in range(120)}}},
        scores={ACCURACY: {"pets": {KEY: {f"pet{i}": PublishedScore(accuracy(i), None) for i in range(120)}}}},
    )
    fits = fit_all(found, [protocol(), protocol("again")], {})
    assert not fits.made and [refusal.protocol for refusal in fits.refused] == ["paper", "again"]
    assert all(said in refusal.reason for refusal in fits.refused)


def test_bins_that_are_too_few_cost_r_and_not_the_slope() -> None:
    from results import protocol

    found = published(
        counts={Search("cc3m", "text", None): {"pets": {f"pet{i}": 10 ** (6 * (i % 2)) for i in range(120)}}},
        scores={ACCURACY: {"pets": {KEY: {f"pet{i}": PublishedScore(float(i % 2), None) for i in range(120)}}}},
    )
    [fit] = fit_all(found, [protocol()], {}).made
    assert fit.law.r is None and fit.law.no_r is not None and "too few bins are left" in fit.law.no_r
    assert fit.pooled.slope.value == pytest.approx(1 / 6)
