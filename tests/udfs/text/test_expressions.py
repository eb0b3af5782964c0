"""Long words of letters and symbols mixed: split as spaCy splits them, in work that grows with their length."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import spacy
from captions import read_captions, texts
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from udfs.text.engines import load_engine
from udfs.text.expressions import bound_expressions
from udfs.text.nouns import find_nouns, load_pipeline
from udfs.text.pipelines import installed_name
from udfs.text.symbols import in_parts
from udfs.text.tokens import find_tokens
from udfs.text.words import find_words

RULES = sorted(load_pipeline("en_core_web_sm").tokenizer.rules)
PIECES = (
    "a", "dog", "Cat", "é", "三", "1", "12", ".", "..", "...", ",", ":", "://", "@", "/", "-", "_", "'", "'s", '"', "(",
    ")", "#", "&", "%", "+", "=", "<", ">", "~", "…", "😀", "www.", ".com", "km", "$", "US$", "?", "!", "*", "^", "|",
    "\\", "’", ";",
)  # fmt: skip
# What long captions without spaces are made of.
LONG = (
    "12:30:45,", '"dog":["cat",1],', "a.b.c.d.", "x/y/z/", "foo-bar-", "#dog#cat", "dog@cat.com,", "a@b.c:d@", ":@",
    "ab://", "https://example.com/a?b=c&d,", "a:", "...x", "é:ü.", "1+", "dog's", "'s_<", "].", "Zm9v+YmFy/",
)  # fmt: skip
words = st.lists(st.sampled_from([*PIECES, *RULES]), min_size=1, max_size=40).map("".join)
repeated = st.tuples(st.lists(st.sampled_from(PIECES), min_size=1, max_size=4).map("".join), st.integers(20, 150))
long_words = st.tuples(words, repeated, words).map(lambda found: found[0] + found[1][0] * found[1][1] + found[2])
given_many = settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.fixture(scope="module")
def plain() -> Any:
    """The pipeline as spaCy loads it."""
    return spacy.load(installed_name("en_core_web_sm"), exclude=["parser", "ner"])


def tokens(text: str, pipeline: Any) -> list[tuple[str, str, str]]:
    return [(token.text, token.norm_, token.whitespace_) for token in pipeline.tokenizer(text)]


@given_many
@given(text=st.one_of(texts(RULES), words, long_words))
def test_generated_text_has_the_tokens_of_the_tokenizer_as_it_is(text: str, pipeline: Any, plain: Any) -> None:
    assert tokens(text, pipeline) == tokens(text, plain)


@pytest.mark.parametrize("name", ["web_alt_text_laion_columns", "cc3m_val"])
def test_real_captions_have_the_tokens_of_the_tokenizer_as_it_is(
    name: str, shared: Path, pipeline: Any, plain: Any
) -> None:
    for caption in read_captions(shared, name)[::3]:
        assert tokens(caption, pipeline) == tokens(caption, plain)


@given_many
@given(word=st.one_of(words, long_words))
def test_each_expression_finds_the_same(word: str, pipeline: Any, plain: Any) -> None:
    for name in ("find_prefix", "find_suffix"):
        assert getattr(pipeline.tokenizer, name)(word) == getattr(plain.tokenizer, name)(word)
    assert bool(pipeline.tokenizer.url_match(word)) == bool(plain.tokenizer.url_match(word))


@pytest.mark.parametrize(
    ("word", "found"),
    [
        ("dog" * 20 + "...", 3),
        ("dog" * 20 + "." * 40, 40),
        ("." * 60 + "x", 0),
        ("." * 60 + "x" + "." * 50, 50),
        ("1" * 50 + "km", 2),
        ("x" * 50 + "US$", 0),
        ("." * 60, 60),
    ],
)
def test_suffixes_by_hand(word: str, found: int, pipeline: Any) -> None:
    assert pipeline.tokenizer.find_suffix(word) == found


class Counted:
    """An expression that counts the characters which it is shown."""

    def __init__(self, expression: Any) -> None:
        self.pattern, self.shown = expression.pattern, 0
        self._expression = expression

    def _find(self, how: str, word: str, start: int = 0) -> Any:
        # A match looks no further than it goes, and 40 characters where it fails.
        self.shown += len(word) - start if how != "match" else min(len(word), 40)
        return getattr(self._expression, how)(word, start)

    def search(self, word: str, start: int = 0) -> Any:
        return self._find("search", word, start)

    def match(self, word: str) -> Any:
        return self._find("match", word)

    def finditer(self, word: str) -> Any:
        return self._find("finditer", word)


def shown(text: str, pipeline: Any) -> int:
    """The characters that the prefixes', suffixes' and infixes' expressions are shown for a text."""
    tokenizer = pipeline.tokenizer
    prefix, infix = Counted(tokenizer.prefix_search.__self__), Counted(tokenizer.infix_finditer.__self__)
    suffix: Any = Counted(re.compile(tokenizer.suffix_search.__self__.pattern))
    ending = type(tokenizer.suffix_search.__self__)(suffix)
    find_prefix = getattr(prefix, tokenizer.prefix_search.__name__)
    blank = spacy.blank("en")
    blank.tokenizer = type(tokenizer)(blank.vocab, {}, find_prefix, ending.search, infix.finditer)
    blank.make_doc(in_parts(text, blank))
    return prefix.shown + suffix.shown + infix.shown


@pytest.mark.parametrize("ends", ["", "<*" * 90])
@pytest.mark.parametrize("unit", LONG)
def test_a_word_of_twice_the_length_takes_twice_the_work(unit: str, ends: str, pipeline: Any) -> None:
    small, large = (shown(ends + unit * (size // len(unit)) + ends, pipeline) for size in (5_000, 10_000))
    assert large <= 2.1 * small + 1_000
    assert large <= 50 * 10_000


@pytest.mark.parametrize("unit", LONG)
def test_a_million_characters_are_no_url_at_once(unit: str, pipeline: Any) -> None:
    """The square of that would be an hour: this test ends, or the run's limit of time ends it."""
    pipeline.tokenizer.url_match(unit * (1_000_000 // len(unit)))


def test_every_search_takes_them_and_finds_the_words_beside_them(pipeline: Any) -> None:
    captions = [f"two dogs {unit * (20_000 // len(unit))} and two dogs" for unit in LONG[:4]]
    fast = list(load_engine("en_core_web_sm", "fast", 0.0).find(captions))
    assert fast == list(find_nouns(captions, pipeline))
    assert all(nouns.keys.count("dog") >= 2 for nouns in fast)
    assert all(found.keys.count("dog") >= 2 for found in find_words(captions[:1], pipeline))
    assert all(found.keys.count("dogs") >= 2 for found in find_tokens(captions, pipeline))


def test_other_expressions_are_left_as_they_are() -> None:
    from spacy.tokenizer import Tokenizer

    blank = spacy.blank("en")
    other = re.compile("x+").search
    tokenizer = blank.tokenizer = Tokenizer(blank.vocab, prefix_search=other, suffix_search=other, url_match=other)
    bound_expressions(blank)
    made = blank.tokenizer
    assert (made.prefix_search, made.suffix_search, made.url_match) == (other, other, other)

    class Own(Tokenizer):  # type: ignore[misc]
        pass

    tokenizer = blank.tokenizer = Own(blank.vocab)
    bound_expressions(blank)
    assert blank.tokenizer is tokenizer
