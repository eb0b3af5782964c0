"""Both engines behind one interface, and the fast one's check of itself."""

from __future__ import annotations

from typing import Any

import pytest

from udfs.text.engines import SAMPLE, DifferentNouns, FastEngine, SpacyEngine, load_engine
from udfs.text.fast import engine as fast_engine
from udfs.text.fast.structure import Weights, read_weights
from udfs.text.nouns import find_nouns


@pytest.fixture
def engine(pipeline: Any) -> FastEngine:
    """A fast engine that compares every caption."""
    return FastEngine(pipeline, share=1)


def test_the_known_pipeline_is_run_fast_and_the_other_engine_on_demand(pipeline: Any) -> None:
    assert load_engine("en_core_web_sm").name == "fast"
    assert load_engine("en_core_web_sm", "spacy").note == "spacy"
    assert load_engine("en_core_web_sm") is load_engine("en_core_web_sm")
    with pytest.raises(ValueError, match="'quick'.*fast, spacy"):
        load_engine("en_core_web_sm", "quick")  # type: ignore[arg-type]


def test_both_find_the_same(captions: list[str], engine: FastEngine, pipeline: Any) -> None:
    some = captions[:100] + captions[-100:] + ["dog \ud83d cat", "", "\x00"]
    assert list(engine.find(iter(some))) == list(SpacyEngine(pipeline).find(some)) == list(find_nouns(some, pipeline))


def test_searches_may_take_turns(captions: list[str], engine: FastEngine) -> None:
    one, two = engine.find(captions[:20]), engine.find(captions[:20])
    assert [(next(one), next(two)) for _ in range(20)] == [(nouns, nouns) for nouns in engine.find(captions[:20])]


def test_a_broken_network_is_noticed_on_the_built_in_sample(pipeline: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def without_the_word_to_the_left(pipeline: Any) -> Weights:
        weights = read_weights(pipeline)
        weights.convolutions[2].weights[:96] = 0
        return weights

    monkeypatch.setattr(fast_engine, "read_weights", without_the_word_to_the_left)
    with pytest.raises(DifferentNouns, match="the caption '.*captions.engine=spacy"):
        FastEngine(pipeline)


def test_a_difference_later_on_names_the_caption(engine: FastEngine, pipeline: Any) -> None:
    place = pipeline.get_pipe("tagger").labels.index("NN")
    engine._fast._is_noun[place] = False
    with pytest.raises(DifferentNouns, match="the caption 'a dog on a sofa': no nouns and dog at 1, sofa at 4"):
        list(engine.find(["of the", "a dog on a sofa"]))


def test_which_captions_are_compared_depends_on_their_text_alone(pipeline: Any) -> None:
    some = FastEngine(pipeline, share=0.25)
    some._fast._is_noun[:] = False
    captions = [f"dog {number}" for number in range(40)]
    failing = []
    for caption in captions:
        try:
            list(some.find([caption]))
        except DifferentNouns:
            failing.append(caption)
    assert 3 <= len(failing) <= 20
    with pytest.raises(DifferentNouns, match=f"'{failing[0]}'"):
        list(some.find(captions))
    assert len(list(some.find([caption for caption in captions if caption not in failing]))) == 40 - len(failing)


def test_without_a_share_nothing_is_compared_but_the_sample(pipeline: Any) -> None:
    none = FastEngine(pipeline, share=0)
    none._fast._is_noun[:] = False
    assert list(none.find(SAMPLE))
