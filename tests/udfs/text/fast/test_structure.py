"""Which pipelines fit the fast path, and that what does not fit says where."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import spacy
from spacy.util import compile_suffix_regex

from udfs.text.engines import load_engine
from udfs.text.fast.engine import FastNouns
from udfs.text.fast.structure import FEATURES, Misfit, read_weights
from udfs.text.fast.tagger_network import MARGIN, TaggerNetwork
from udfs.text.nouns import installed_name


@pytest.fixture
def fresh() -> Any:
    """A pipeline of the test's own, to be spoiled."""
    return spacy.load(installed_name("en_core_web_sm"), exclude=["parser", "ner"])


def add_pipe(pipeline: Any) -> None:
    pipeline.add_pipe("sentencizer")


def wider_window(pipeline: Any) -> None:
    model = pipeline.get_pipe("tok2vec").model
    next(node for node in model.walk() if node.name == "expand_window").attrs["window_size"] = 2


def other_features(pipeline: Any) -> None:
    extract = pipeline.get_pipe("tok2vec").model.layers[0].layers[0]
    extract.attrs["columns"] = ["LOWER", *FEATURES[1:]]


def suffix_of_letters(pipeline: Any) -> None:
    pipeline.tokenizer.suffix_search = compile_suffix_regex([*pipeline.Defaults.suffixes, "ish"]).search


def special_case_with_a_space(pipeline: Any) -> None:
    pipeline.tokenizer.add_special_case("New York", [{"ORTH": "New York"}])


def rule_of_three_words(pipeline: Any) -> None:
    three = [{"LOWER": "hot"}, {"LOWER": "dog"}, {"LOWER": "stand"}]
    pipeline.get_pipe("attribute_ruler").add([three], {"LEMMA": "stand"}, index=2)


def rule_by_length(pipeline: Any) -> None:
    pipeline.get_pipe("attribute_ruler").add([[{"LENGTH": 3}]], {"LEMMA": "x"})


def overwriting(pipeline: Any) -> None:
    pipeline.get_pipe("lemmatizer").overwrite = True


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (add_pipe, "components.*sentencizer"),
        (wider_window, "windows"),
        (other_features, "features.*LOWER"),
        (suffix_of_letters, "suffixes"),
        (special_case_with_a_space, "special cases with spaces.*New York"),
        (rule_of_three_words, "attribute ruler has the pattern.*stand"),
        (rule_by_length, "attribute ruler has the pattern.*LENGTH"),
        (overwriting, "lemmatizer's mode"),
    ],
)
def test_a_pipeline_that_is_built_otherwise_does_not_fit(spoil: Callable[[Any], None], said: str, fresh: Any) -> None:
    spoil(fresh)
    with pytest.raises(Misfit, match=said):
        FastNouns(fresh)


def test_a_rule_for_a_word_is_followed(fresh: Any) -> None:
    fresh.get_pipe("attribute_ruler").add([[{"LOWER": "doggo"}]], {"LEMMA": "dog"})
    fresh.get_pipe("attribute_ruler").add([[{"LOWER": "hot"}, {"LOWER": "dog"}]], {"LEMMA": "sausage"}, index=1)
    found = FastNouns(fresh).find(["a Doggo and a dog", "a hot dog"])
    assert [nouns.keys for nouns in found] == [("dog", "dog"), ("sausage",)]


def test_a_pipeline_from_disk_that_does_not_fit_falls_back_and_says_so(fresh: Any, tmp_path: Any) -> None:
    add_pipe(fresh)
    fresh.to_disk(tmp_path / "odd")
    engine = load_engine(str(tmp_path / "odd"))
    assert engine.name == "spacy"
    assert "components" in engine.note and "sentencizer" in engine.note
    assert [nouns.keys for nouns in engine.find(["two dogs"])] == [("dog",)]


def test_logits_differ_from_spacys_by_far_less_than_the_margin(captions: list[str], pipeline: Any) -> None:
    weights = read_weights(pipeline)
    docs = [doc for doc in pipeline.pipe(captions[900:1_100]) if len(doc)]
    features = np.concatenate([doc.to_array(list(FEATURES)) for doc in docs])
    types, which = np.unique(features, axis=0, return_inverse=True)
    network = TaggerNetwork(weights, pipeline.get_pipe("tok2vec").model.ops)
    seen: list[Any] = []
    network._best = lambda rows: (seen.append(rows), TaggerNetwork._best(network, rows))[1]  # type: ignore[method-assign]
    lengths = np.array([len(doc) for doc in docs])
    network.tag(network.embed(types), which.ravel(), lengths, np.ones(len(features), bool))
    difference = (seen[0] - np.concatenate([doc.tensor for doc in docs])) @ weights.tags[0]
    assert np.abs(difference).max() < MARGIN / 10
