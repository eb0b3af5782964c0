"""Finds the key of a noun from its word and tag, by the pipeline's own rules and tables.

Between tagger and lemmatizer stands the attribute ruler, a list of patterns over tags and words. Few of them can change
a noun's lemma. Patterns of one token are evaluated on that token alone. Patterns of two tokens ("let 's") depend on the
neighbour, so captions that hold such a pair are left to spaCy.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from udfs.text.fast.structure import Misfit
from udfs.text.nouns import NOUN_TAGS, key_of

if TYPE_CHECKING:
    from spacy.language import Language

_Specs = list[dict[str, Any]]


@dataclass(frozen=True)
class NounRules:
    """What the attribute ruler can change about a noun.

    morphology: (part of speech, features) by tag; words: patterns of a single word; pairs: patterns of two adjacent
    words.
    """

    morphology: dict[str, tuple[str, str]]
    words: tuple[Any, ...]
    pairs: tuple[tuple[Any, Any], ...]


def read_rules(pipeline: Language) -> NounRules:
    """The ruler's patterns that can change a noun; raises Misfit if one is of an unknown kind."""
    ruler: Any = pipeline.get_pipe("attribute_ruler")
    morphology, words, pairs = {}, [], []
    for specs, attributes in _patterns(ruler.patterns):
        keys = [set(spec) - {"TAG"} for spec in specs]
        if keys == [set()] and isinstance(specs[0]["TAG"], str):
            morphology[specs[0]["TAG"]] = (attributes["POS"], attributes["MORPH"])
        elif keys == [{"LOWER"}]:
            words.append(specs[0]["LOWER"])
        elif keys == [{"LOWER"}, {"LOWER"}]:
            pairs.append((specs[0]["LOWER"], specs[1]["LOWER"]))
        elif keys != [{"IS_SPACE"}]:
            raise Misfit(f"its attribute ruler has the pattern {specs}")
    if set(morphology) != NOUN_TAGS:
        raise Misfit(f"its attribute ruler maps {', '.join(sorted(morphology))}")
    return NounRules(morphology, tuple(words), tuple(pairs))


def _patterns(rules: Sequence[dict[str, Any]]) -> Iterator[tuple[_Specs, dict[str, Any]]]:
    """(specs, attributes) of the patterns that need no parse and set an attribute of a possible noun."""
    for rule in rules:
        for specs in rule["patterns"]:
            target = specs[rule["index"]]
            if all(_may_be(spec, "DEP", {""}) for spec in specs) and _may_be(target, "TAG", NOUN_TAGS):
                yield specs, rule["attrs"]


def _may_be(spec: dict[str, Any], name: str, values: frozenset[str] | set[str]) -> bool:
    wanted = spec.get(name)
    if wanted is None:
        return True
    if isinstance(wanted, str):
        return wanted in values
    return bool(values & set(wanted.get("IN", values)) - set(wanted.get("NOT_IN", ())))


@dataclass(frozen=True)
class _Token:
    """A stand-in with the token attributes that the lemmatizer reads.

    Making spaCy's own token and its lexeme would cost more than finding its lemma.
    """

    pos: int
    pos_: str
    morph: Any
    text: str
    orth: int


def _tagged(pipeline: Language, part: str, features: str) -> _Token:
    from spacy.tokens import Doc

    token = Doc(pipeline.vocab, words=["x"], pos=[part], morphs=[features])[0]
    return _Token(token.pos, token.pos_, token.morph, token.text, token.orth)


class _Words:
    """Tells which patterns' LOWER condition a word meets, as bits."""

    def __init__(self, wanted: Sequence[Any]) -> None:
        self._literal: dict[str, int] = {}
        self._regular: list[tuple[re.Pattern[str], int]] = []
        for place, one in enumerate(wanted):
            if isinstance(one, dict) and set(one) == {"REGEX"}:
                self._regular.append((re.compile(one["REGEX"]), 1 << place))
            elif isinstance(one, str) or set(one) == {"IN"}:
                for word in [one] if isinstance(one, str) else one["IN"]:
                    self._literal[word] = self._literal.get(word, 0) | 1 << place
            else:
                raise Misfit(f"its attribute ruler asks for a word by {one}")

    def met_by(self, lower: str) -> int:
        """The bits of the patterns that a lower-cased word meets."""
        bits = self._literal.get(lower, 0)
        for pattern, bit in self._regular:
            if pattern.search(lower):
                bits |= bit
        return bits


def _lemmatizer(pipeline: Language) -> Any:
    """The pipeline's lemmatizer with its index as sets; as a list it would search 57,528 words for each plural."""
    given: Any = pipeline.get_pipe("lemmatizer")
    lemmatizer = type(given)(pipeline.vocab, None, mode=given.mode)
    for name in given.lookups.tables:
        table = given.lookups.get_table(name)
        sets = {part: frozenset(words) for part, words in table.items()} if name == "lemma_index" else table
        lemmatizer.lookups.add_table(name, sets)
    return lemmatizer


class Lemmas:
    """Gives the keys and pairs of words; the lemmatizer caches the plurals among them.

    Use it inside a memory zone of the pipeline.
    """

    def __init__(self, pipeline: Language, rules: NounRules) -> None:
        self._pipeline = pipeline
        self._lemmatizer = _lemmatizer(pipeline)
        self._tagged = {tag: _tagged(pipeline, *morphology) for tag, morphology in rules.morphology.items()}
        self._lowered = {tag for tag, token in self._tagged.items() if self._lemmatizer.is_base_form(token)}
        self._as_it_is = {tag for tag, token in self._tagged.items() if token.pos_ == "PROPN"} - self._lowered
        self._ruled = _Words(rules.words)
        self._first = _Words([first for first, _ in rules.pairs])
        self._second = _Words([second for _, second in rules.pairs])

    def key(self, word: str, tag: str) -> str:
        """The key of a word under a noun tag; empty if nothing is left of it."""
        lower = word.lower()
        if self._ruled.met_by(lower):
            return key_of(self._by_ruler(word, tag))
        if tag in self._lowered:
            return key_of(lower)
        if tag in self._as_it_is:
            return key_of(word)
        token = replace(self._tagged[tag], text=word, orth=self._pipeline.vocab.strings[word])
        return key_of(self._lemmatizer.lemmatize(token)[0])

    def _by_ruler(self, word: str, tag: str) -> str:
        from spacy.tokens import Doc

        doc = Doc(self._pipeline.vocab, words=[word], tags=[tag])
        for name in ("attribute_ruler", "lemmatizer"):
            doc = self._pipeline.get_pipe(name)(doc)
        return str(doc[0].lemma_)

    def pairs(self, word: str) -> tuple[int, int]:
        """The pairs that begin with the word, and the pairs that end with it, as bits."""
        lower = word.lower()
        return self._first.met_by(lower), self._second.met_by(lower)
