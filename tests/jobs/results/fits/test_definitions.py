"""Names of several tables joined by their keys, and scores with the definitions that have their concepts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from jobs.analysis.protocol import Protocol
from jobs.errors import SettingsError
from jobs.results.fits.definitions import CountedDefinition, ScoredDefinitions, chosen_definitions, definitions_of
from jobs.results.fits.fitted import FitInput
from jobs.results.fits.joined_names import Pair, by_keys, concept_key, corpus_key, set_key
from jobs.results.fits.tracked_metrics import of_definitions


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Black_footed_Albatross", "black-footed  albatross"),
        ("tench, Tinca tinca", "Tench (Tinca tinca)"),
        ("crème brûlée", "Crème Brûlée"),
        ("Chuck-will's-widow", "chuck will s widow"),
    ],
)
def test_names_that_are_one_concept(one: str, other: str) -> None:
    assert concept_key(one) == concept_key(other)


def test_names_that_are_two_concepts() -> None:
    keys = {concept_key(name) for name in ("bow tie", "bowtie", "tie bow", "creme brulee", "crème brulée", "")}
    assert len(keys) == 6


def test_sets_and_corpora() -> None:
    assert corpus_key("LAION400M") == corpus_key("laion-400m") == "laion400m"
    assert set_key("oxford_pets") == set_key("pets") == set_key("oxfordpets")
    assert (set_key("cub2011"), set_key("imagenet_1k"), set_key("fgvc_aircraft")) == ("cub", "imagenet", "fgvcaircraft")


def test_a_key_of_two_concepts_with_other_values_has_none() -> None:
    found = by_keys(["a"] * 4, ["Pug", "pug", "crane", "Crane"], [3, 3, 5, 6])
    assert found == {("a", "pug"): 3}


def item(search: str, threshold: float | None, frequency: Mapping[str, int]) -> FitInput:
    names = tuple(frequency)
    return FitInput(
        corpus="tiny", search=search, threshold=threshold, sets=("pets",), model="m", prompt="class",
        metric="accuracy", protocol=Protocol("paper"), names=names, set_of=("pets",) * len(names),
        frequency=tuple(frequency.values()), score=(0.1,) * len(names), images=(None,) * len(names),
    )  # fmt: skip


def test_searches_of_one_model_are_its_definitions() -> None:
    items = [item("text", None, {"pug": 5, "boxer": 0}), item("image", 0.7, {"pug": 3, "boxer": 2, "737": 1})]
    [found] = definitions_of(items)
    assert (found.corpus, found.source, found.title) == ("tiny", "own", "tiny, m, class")
    assert [(one.name, one.search, one.threshold) for one in found.definitions] == [
        ("text", "text", None),
        ("image above 0.7", "image", 0.7),
    ]
    assert found.scores.keys() == {("oxfordpets", "pug"), ("oxfordpets", "boxer"), ("oxfordpets", "737")}
    assert found.common == [("oxfordpets", "pug"), ("oxfordpets", "boxer")]


def test_each_definition_is_logged_with_what_it_predicts() -> None:
    frequency = {f"pug {number}": 10 ** (number // 10) + number for number in range(40)}
    counted = (item("text", None, frequency), item("integrated", 0.7, {name: n // 2 for name, n in frequency.items()}))
    scored = [replace(one, score=tuple(0.1 + 0.01 * (number % 37) for number in range(40))) for one in counted]
    metrics = of_definitions(scored)
    start = "m.class.accuracy.definition."
    assert {name.removeprefix(start).partition(".")[0] for name in metrics} == {
        "text",
        "integrated_above_0_7",
        "text_and_P_image_above_0_7___text_",
    }
    assert 0 < metrics[f"{start}text.r2"] < 1
    # One set says nothing of others, and too few concepts nothing at all.
    assert f"{start}text.r2_held_out_sets" not in metrics
    assert of_definitions([item("text", None, {"pug": 1}), item("image", 0.7, {"pug": 2})]) == {}


def definition(name: str, samples: Mapping[Pair, float], imported: bool = False) -> CountedDefinition:
    return CountedDefinition(name, "text", None, samples, imported)


def test_tables_join_by_corpus_and_what_does_not_join_is_said() -> None:
    scores = {("pets", "pug"): 0.5, ("pets", "boxer"): 0.6, ("cub", "rook"): 0.7}
    given = ScoredDefinitions("LAION400M", "own", "m", "", "accuracy", scores, (definition("text", scores),), 1.0)
    tables = {
        "laion400m": [
            definition("theirs", {("pets", "pug"): 9, ("pets", "cat"): 1}, True),
            definition("elsewhere", {("cars", "audi"): 1}, True),
        ],
        "cc12m": [definition("other corpus", {("pets", "pug"): 9}, True)],
    }
    [found] = chosen_definitions([given], tables, ())
    assert [one.name for one in found.definitions] == ["text", "theirs"]
    assert found.common == [("pets", "pug")]
    assert list(found.not_joined) == [
        "LAION400M: theirs lacks 2 of 3 scored concepts, all of cub; 1 of other sets, as pets: boxer"
    ]
    [some] = chosen_definitions([given], tables, ["text"])
    assert some.common == list(scores) and list(some.not_joined) == []
    with pytest.raises(SettingsError, match="no definition 'mine'; definitions: text, theirs"):
        chosen_definitions([given], tables, ["mine"])
