"""Corpora against each other, tails and Let it Wag!, on results small enough to do by hand."""

from __future__ import annotations

import pytest
from results import pools, published
from scipy import stats

from jobs.reproduction.comparisons import cross_corpora, let_it_wag, long_tails
from jobs.reproduction.published_rows import PerformanceMeasure, PublishedScore, Search

ENSEMBLE = PerformanceMeasure("classification", "accuracy", "ensemble")


def two_corpora():
    """The second corpus lacks a concept, has one list more, and gives `cat` another frequency in another list."""
    cc3m = {"pets": {"ant": 9, "bee": 4, "cat": 25, "dog": 1}, "zoo": {"cat": 7, "yak": 2}}
    other = {"pets": {"ant": 70, "cat": 30, "dog": 20}, "aaa": {"elk": 5}, "zoo": {"cat": 200, "yak": 60}}
    return published(counts={Search("cc3m", "image", 0.7): cc3m, Search("other", "image", 0.7): other})


def test_corpora_are_paired_by_concept_each_name_once() -> None:
    [found] = cross_corpora(two_corpora(), pools())
    assert (found.corpora, found.distinct, found.by_concept.paired) == (("cc3m", "other"), (5, 5), 4)
    pairs = {"ant": (9, 70), "cat": (25, 30), "dog": (1, 20), "yak": (2, 60)}
    expected = stats.spearmanr(*zip(*pairs.values(), strict=True)).statistic
    assert found.by_concept.spearman == pytest.approx(expected)


def test_names_of_different_lists_are_paired_too() -> None:
    counts = {
        Search("cc3m", "image", 0.7): {"pets": {"ant": 9, "cat": 25}, "zoo": {"yak": 2, "elk": 4}},
        Search("other", "image", 0.7): {"pets": {"ant": 70}, "prompts": {"cat": 30, "elk": 8, "fog": 1}},
    }
    [found] = cross_corpora(published(counts=counts), pools())
    expected = stats.spearmanr([9, 25, 4], [70, 30, 8]).statistic
    assert found.by_concept.paired == 3 and found.by_concept.spearman == pytest.approx(expected)


def test_position_pairs_whatever_stands_beside() -> None:
    [found] = cross_corpora(two_corpora(), pools())
    # ant bee cat dog yak beside elk ant cat dog yak.
    expected = stats.spearmanr([9, 4, 25, 1, 2], [5, 70, 30, 20, 60]).statistic
    assert found.by_position.paired == 5 and found.by_position.spearman == pytest.approx(expected)


def test_other_thresholds_and_corpora_without_a_shared_concept_are_not_compared() -> None:
    counts = {
        Search("cc3m", "image", 0.7): {"pets": {"ant": 1}},
        Search("other", "image", 0.5): {"pets": {"ant": 1}},
        Search("third", "image", 0.7): {"zoo": {"elk": 1}},
    }
    assert cross_corpora(published(counts=counts), pools()) == []


def test_tails_hold_the_classification_sets() -> None:
    tails = {tail.search.corpus: tail for tail in long_tails(two_corpora(), pools())}
    tail = tails["cc3m"]
    assert [tail.names[at] for at in tail.tail.order] == ["cat", "ant", "bee", "dog"]
    assert tail.tail.share.tolist() == [1.0, 9 / 25, 4 / 25, 1 / 25]


def wag(usual: dict[str, list[float]], rare: dict[str, list[float]], **settings: object):
    """Results of models on the classes of both sets."""
    scores = {
        name: {model: {f"{name}{at}": PublishedScore(value, None) for at, value in enumerate(values)}
               for model, values in models.items()}
        for name, models in (("pets", usual), ("let_it_wag", rare))
    }  # fmt: skip
    return let_it_wag(published(scores={ENSEMBLE: scores}), pools().let_it_wag.model_copy(update=settings))


def test_models_of_both_sets_are_compared_by_the_mean_over_classes() -> None:
    usual = {"a": [10, 30], "b": [40, 44], "c": [60, 60], "d": [70, 90], "e": [1, 1]}
    found = wag(usual, {"a": [4], "b": [15], "c": [30], "d": [61], "f": [2]})
    assert [(point.model, point.against, point.wag) for point in found.points] == [
        ("a", 20, 4), ("b", 42, 15), ("c", 60, 30), ("d", 80, 61),
    ]  # fmt: skip
    assert found.below.line.slope == pytest.approx(0.5) and found.above.line.slope == pytest.approx(1.55)
    assert found.alone == ("e", "f") and found.classes == (2, 1)


def test_a_stated_mean_stands_for_classes_that_were_not_published() -> None:
    found = wag({"a": [10], "e": [1]}, {"a": [4], "b": [15], "f": [2]}, stated={"a": 99.0, "b": 30.0, "c": 70.0})
    assert [(point.model, point.against, point.wag) for point in found.points] == [("a", 10, 4), ("b", 30, 15)]
    assert found.stated == ("b",) and found.alone == ("e", "f")


def test_without_the_rare_set_there_is_no_comparison() -> None:
    assert let_it_wag(published(), pools().let_it_wag) is None
