"""The nouns of a caption: hand-worked cases, and a plain loop over the real pipeline."""

from __future__ import annotations

import re
from typing import Any

import pytest

from udfs.text import nouns as module
from udfs.text.nouns import (
    Nouns,
    find_nouns,
    load_pipeline,
    noun_set,
    nouns_of,
)
from udfs.text.pipelines import installed_name, pipeline_identity


def nouns(text: str, pipeline: Any) -> Nouns:
    return next(find_nouns([text], pipeline))


def test_keys_are_lemmas_and_positions_count_words_only(pipeline: Any) -> None:
    found = nouns("Two dogs, and the dog's bowls (red ones) near a T-shirt.", pipeline)
    by_key = dict(zip(found.keys, found.positions, strict=True))
    # Two0 dogs1 and2 the3 dog4 bowls5 red6 ones7 near8 a9 T10 shirt11
    assert found.keys[:3] == ("dog", "dog", "bowl")
    assert found.positions[:3] == (1, 4, 5)
    assert by_key["shirt"] == 11


def test_proper_names_keep_their_text_and_strict_lowers_it(pipeline: Any) -> None:
    found = nouns("The Tigers played in New York", pipeline)
    assert {"Tigers", "New", "York"} <= set(found.keys)
    assert noun_set(found, "paper") == frozenset(found.keys)
    assert {"tigers", "new", "york"} <= noun_set(found, "strict")


def test_all_but_letters_goes_and_empty_keys_are_dropped(pipeline: Any) -> None:
    found = nouns("the café of O'Brien with an A310 and 😀 and 三", pipeline)
    assert {"caf", "OBrien"} <= set(found.keys)
    assert all(re.fullmatch("[A-Za-z ]+", key) for key in found.keys)


def test_an_unknown_match_is_refused(pipeline: Any) -> None:
    with pytest.raises(ValueError, match="'loose'.*strict, paper, phrase"):
        noun_set(Nouns((), ()), "loose")


@pytest.mark.parametrize("text", ["", "   ", "\x00", "a\x00dog\x07 cat", "😀😀", "\ud800", "dog \udfff cat", "\u200b"])
def test_odd_text_is_searched_without_an_error(text: str, pipeline: Any) -> None:
    found = nouns(text, pipeline)
    assert len(found.keys) == len(found.positions)


def test_a_lone_surrogate_hides_no_other_word(pipeline: Any) -> None:
    assert {"dog", "cat"} <= set(nouns("a dog \ud83d and a cat", pipeline).keys)


def test_no_parser_and_no_entities_are_run(pipeline: Any) -> None:
    assert not {"parser", "ner"} & set(pipeline.component_names)
    assert load_pipeline("en_core_web_sm") is pipeline


def test_identity_names_what_is_installed(pipeline: Any) -> None:
    identity, meta = pipeline_identity("en_core_web_sm"), pipeline.meta
    assert identity["name"] == f"{meta['lang']}_{meta['name']}" and identity["name"].startswith("en_core_web_sm")
    assert identity["version"] == meta["version"] and set(identity) == {"name", "version", "spacy"}


def test_a_missing_pipeline_is_named() -> None:
    with pytest.raises(ValueError, match="'no_such_pipeline' is not installed.*pip install"):
        installed_name("no_such_pipeline")


def test_a_pipeline_without_a_tagger_is_refused(tmp_path: Any) -> None:
    import spacy

    spacy.blank("en").to_disk(tmp_path / "blank")
    for look in (load_pipeline, pipeline_identity):
        with pytest.raises(ValueError, match="no lemmatizer and no tagger"):
            look(str(tmp_path / "blank"))


def test_equals_a_plain_loop_on_real_captions(found: list[Nouns], expected: list[list[tuple[str, int]]]) -> None:
    assert [list(zip(n.keys, n.positions, strict=True)) for n in found] == expected
    assert sum(len(pairs) for pairs in expected) > 5_000


def test_zones_change_no_result_and_two_searches_may_take_turns(
    captions: list[str], pipeline: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = list(find_nouns(captions[:60], pipeline))
    monkeypatch.setattr(module, "_ZONE_CAPTIONS", 7)
    monkeypatch.setattr(module, "_LEMMA_CACHE", 5)
    one, two = find_nouns(captions[:60], pipeline), find_nouns(captions[:60], pipeline)
    turns = [(next(one), next(two)) for _ in range(60)]
    assert turns == [(n, n) for n in whole]


def test_long_captions_are_not_gathered_into_one_zone(pipeline: Any) -> None:
    zones = list(module.zones(["x" * 150_000] * 7, pipeline))
    assert [len(zone) for zone in zones] == [3, 3, 1]


def test_the_memory_zone_frees_new_words(pipeline: Any) -> None:
    before = len(pipeline.vocab.strings)
    list(find_nouns([f"zqxj{i}w is a zqxk{i}w" for i in range(300)], pipeline))
    assert len(pipeline.vocab.strings) - before < 100


def test_a_document_gives_the_same_as_the_search(pipeline: Any) -> None:
    text = "A black cat on the sofas"
    assert nouns_of(pipeline(text)) == nouns(text, pipeline)
