"""Long runs of symbols: read in time that grows with their length, and nothing found differs from spaCy's own."""

from __future__ import annotations

import re
from typing import Any

import pytest

from udfs.text.nouns import find_nouns, nouns_of
from udfs.text.symbols import PART, in_parts
from udfs.text.tokens import find_tokens, tokens_of
from udfs.text.words import find_words, words_of

TAKEN_OFF = ["(", "()", "😀", "_", "=", "…", "+", '"', "%", "$", "US$", "...!"]
LEFT = ["-", "..", ".a", "a.", "1$", "三", "/", "x"]
# Symbols at the end of a word only.
ENDINGS = [".("]


def texts(symbol: str) -> list[str]:
    """Runs at the start, the end and on both sides of words, and alone."""
    run = symbol * 230
    return [f"two dogs {run} and {run}cats", f"knives{run} on{run}sofas", f"{symbol * 199}dogs", run]


@pytest.mark.parametrize("symbol", [*TAKEN_OFF, *LEFT, *ENDINGS])
def test_nouns_words_and_tokens_are_those_of_the_caption_as_it_is(symbol: str, pipeline: Any) -> None:
    captions = texts(symbol)
    documents = [pipeline(caption) for caption in captions]
    assert list(find_nouns(captions, pipeline)) == [nouns_of(document) for document in documents]
    assert list(find_words(captions, pipeline)) == [words_of(document) for document in documents]
    assert list(find_tokens(captions, pipeline)) == [tokens_of(document) for document in documents]


@pytest.mark.parametrize("symbol", TAKEN_OFF)
def test_no_part_is_long(symbol: str, pipeline: Any) -> None:
    for text in (symbol * 50_000, f"dogs {symbol * 50_000}cats"):
        parts = in_parts(text, pipeline).split(" ")
        assert max(map(len, parts)) < 2 * PART * len(symbol)
        assert "".join(parts) == text.replace(" ", "")


@pytest.mark.parametrize("symbol", LEFT)
def test_what_the_tokenizer_does_not_take_off_is_left(symbol: str, pipeline: Any) -> None:
    assert in_parts(symbol * 50_000, pipeline) == symbol * 50_000


def test_possessive_markers_in_a_row_hide_no_word(pipeline: Any) -> None:
    (found,) = find_nouns(["two dogs" + "'s" * 20_000 + " and cats"], pipeline)
    assert {"dog", "cat"} <= set(found.keys)


def test_the_longest_caption_is_still_taken_with_its_spaces(pipeline: Any) -> None:
    assert len(in_parts("(" * 1_000_000, pipeline)) <= pipeline.max_length


def test_a_tokenizer_of_another_kind_gets_the_text_as_it_is() -> None:
    import spacy
    from spacy.tokenizer import Tokenizer

    blank = spacy.blank("en")
    blank.tokenizer = Tokenizer(blank.vocab)
    assert in_parts("(" * 1_000, blank) == "(" * 1_000
    # An expression that matches nothing takes nothing off.
    blank.tokenizer = Tokenizer(blank.vocab, prefix_search=re.compile("x?").match, suffix_search=re.compile("$").search)
    assert in_parts("(" * 1_000, blank) == "(" * 1_000
