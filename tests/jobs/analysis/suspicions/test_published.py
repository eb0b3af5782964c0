"""What shared/paper's README says that an audit should find in the published counts, item by item."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

from jobs.analysis.suspicions.rules import Lists, find
from jobs.analysis.suspicions.suspicion import Count, Question, Suspicion

Found = list[Suspicion]
SETS_OF_CAPTIONS = ("coco", "flickr")


def question(corpus: str, search: str, method: str | None, threshold: float | None) -> Question:
    return Question("published", corpus, search, method, threshold)


TEXT = question("cc3m", "text", "lemmatized", None)
IMAGE = question("cc3m", "image", None, 0.7)
INTEGRATED = question("cc3m", "integrated", "lemmatized", 0.7)
LAION_TEXT = question("laion400m", "text", "lemmatized", None)


def classification_counts(folder: Path) -> Iterator[Count]:
    table = pd.read_parquet(folder / "search_counts.parquet")
    columns = ["corpus", "search", "text_method", "threshold", "downstream", "concept", "count"]
    for corpus, search, method, threshold, name, concept, number in table[columns].itertuples(index=False):
        asked = question(corpus, search, method, None if pd.isna(threshold) else threshold)
        digits = "it has digits" if any(map(str.isdigit, concept)) else None
        yield Count(asked, concept, (name,), number, (), digits)


def retrieval_counts(folder: Path) -> Iterator[Count]:
    endings = {TEXT: "lemmatized", IMAGE: "rampp0.7", INTEGRATED: "integrated_tlemmatized_i0.7"}
    for name in SETS_OF_CAPTIONS:
        for asked, ending in endings.items():
            file = folder / "raw" / "search_counts" / f"{name}_cc3m_{ending}_search_counts.json"
            for concept, number in json.loads(file.read_text()).items():
                yield Count(asked, concept, (name,), number)


@pytest.fixture(scope="module")
def found(shared: Path) -> Found:
    folder = shared / "paper"
    if not folder.is_dir():
        pytest.skip(f"no {folder}: the published results are not on this machine")
    evaluations = pd.read_parquet(folder / "zero_shot_evaluations.parquet", columns=["dataset", "concept"])
    evaluated = {str(name): frozenset(names) for name, names in evaluations.groupby("dataset").concept}
    tasks = {**dict.fromkeys(evaluated, "zero_shot"), **dict.fromkeys(SETS_OF_CAPTIONS, "retrieval")}
    counts = [*classification_counts(folder), *retrieval_counts(folder)]
    return list(find(counts, Lists(evaluated, tasks=tasks)))


def of(found: Found, kind: str, asked: Question | None) -> dict[str | None, Suspicion]:
    """Findings of a kind about a question, by concept."""
    return {one.concept: one for one in found if one.kind == kind and one.question == asked}


def test_dogs_whose_absent_terms_were_dropped(found: Found) -> None:
    equal = of(found, "equals_a_term", TEXT)
    for name in ("Newfoundland dog", "Groenendael dog", "Bouvier des Flandres dog"):
        assert (equal[name].frequency, equal[name].other) == (36_103, "dog")


def test_american_birds_with_one_frequency(found: Found) -> None:
    birds = [name for name in of(found, "shared_term", TEXT) if name and name.startswith("American_")]
    assert len(birds) >= 5
    assert {of(found, "shared_term", TEXT)[name].frequency for name in birds} == {16_267}
    assert {of(found, "shared_term", TEXT)[name].other for name in birds} == {"american"}


def test_oast_house_is_house(found: Found) -> None:
    assert of(found, "equals_a_term", TEXT)["oast_house"].other == "house"


def test_lemmas_of_isolated_words(found: Found) -> None:
    room = of(found, "zero_in_one_search", TEXT)["living_room"]
    assert room.frequency == 0 and "13,314 in text search (lowercased)" in room.reason
    low = of(found, "low_in_one_search", TEXT)
    assert (low["rose"].frequency, low["dining table"].frequency) == (1_601, 1)


def test_zeros_in_the_text_counts_of_laion(found: Found) -> None:
    assert {"rose", "jeans", "scissors", "T-shirt"} <= set(of(found, "zero_in_one_search", LAION_TEXT))


def test_names_with_digits(found: Found) -> None:
    digits = of(found, "unanswerable", TEXT)
    assert digits["737-800"].frequency == digits["A320"].frequency == 0
    assert "737-800" in of(found, "unanswerable", INTEGRATED) and "737-800" not in of(found, "unanswerable", IMAGE)


def test_airplane_and_plane(found: Found) -> None:
    airplane = of(found, "unpaired_name", None)["airplane"]
    assert (airplane.lists, airplane.other) == (("cifar10",), "plane")


def test_underscores_of_imagenet_r(found: Found) -> None:
    names = {one.concept: one for one in of(found, "unpaired_name", None).values() if one.lists == ("imagenet-r",)}
    assert len(names) == 67 and names["African chameleon"].other == "African_chameleon"


def test_concepts_with_other_integrated_counts_in_another_file(found: Found) -> None:
    other = of(found, "differs_between_lists", INTEGRATED)
    assert len(other) == 41
    assert "28,819 in coco; 28,819 in flickr" in other["house"].reason and other["house"].other == "cifar100: 29,117"


@pytest.mark.parametrize(("asked", "share"), [(TEXT, "0.38"), (IMAGE, "0.24"), (INTEGRATED, "0.55")], ids=str)
def test_shares_of_zeros(found: Found, asked: Question, share: str) -> None:
    [reason] = [one.reason for one in found if (one.kind, one.question) == ("zeros", asked) and "coco" not in one.lists]
    assert f"(share {share})" in reason


def test_sets_that_are_absent(found: Found) -> None:
    absent = {one.lists[0] for one in found if one.kind == "list_absent" and one.question == TEXT}
    assert absent == {"imagenet-sketch", "imagenet-r"}
    part = {
        one.lists[0]: one.concepts
        for one in found
        if one.kind == "list_incomplete" and one.question == question("yfcc15m", "text", "lowercased", None)
    }
    assert part == {"birdsnap": 140, "fgvcaircraft": 48, "imagenet-sketch": 856, "ucf101": 93}


def test_integrated_counts_are_within_their_halves(found: Found) -> None:
    assert not [one for one in found if one.kind == "integrated_above_part"]


def test_names_that_most_captions_mean_otherwise(found: Found) -> None:
    seldom = of(found, "ambiguous", LAION_TEXT)
    assert {"jaguar", "bass", "fly", "orange"} <= set(seldom) and not {"dog", "couch", "mouse"} & set(seldom)
    assert "images show jaguar in 0.14 of the 17,037 samples whose captions name it" in seldom["jaguar"].reason
