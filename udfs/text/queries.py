"""Turns concepts into queries over keys of words: the terms of a concept, and the keys that match each term.

A query is never lemmatised by the tag of a word alone, because isolated words are tagged as verbs (leaves -> leave). A
strict term is matched by the term itself or by its lemma as a plural noun, from the lemmatizer's own tables.

A concept that a noun index cannot answer gets a reason instead of a count of 0. This holds for terms whose digits the
key drops, terms without a letter A-Z, and words that are never nouns. A word is never a noun if the noun tables know
neither it nor its plural lemma, and it is either a function word (of, the) or an adjective, adverb or participle of the
other tables (striped, bumpy) that is not tagged NN or NNS by itself. Such adjectives occur in names (new york, hot
dog), so they make a concept unanswerable only if all of its terms are of that kind. A function word always does.

Over all content words (any_pos) a term that is an inflected form and no word of its own (ran, smeared) is also matched
by its lemma as a verb, an adjective or an adverb. There only function words, and terms with digits or without a letter,
make a concept unanswerable.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from udfs.text.nouns import key_of, readable

if TYPE_CHECKING:
    from spacy.language import Language

POSSESSIVES: Final = frozenset({"'s", "’s", "'", "’"})
_BETWEEN_PAPER_TERMS: Final = re.compile(r"[_\s]+")
_FUNCTION_TAGS: Final = frozenset(
    {"CC", "DT", "EX", "IN", "MD", "PDT", "PRP", "PRP$", "RP", "TO", "WDT", "WP", "WP$", "WRB"}
)
# Features that tell the lemmatizer that a form is inflected; it leaves base forms as they are.
_INFLECTED: Final = {"verb": "VerbForm=Part", "adj": "Degree=Cmp", "adv": "Degree=Cmp"}
_TERM_CACHE: Final = 50_000


@dataclass(frozen=True)
class Query:
    """A concept as a text search reads it.

    terms: for each term the keys that match it, the term itself first. A query without terms, or with a reason in
    `unanswerable`, holds for no caption.
    """

    concept: str
    terms: tuple[tuple[str, ...], ...]
    unanswerable: str | None


@dataclass(frozen=True)
class _Term:
    """A strict term: its keys, why no noun search can answer it, and whether it may still be part of a name."""

    candidates: tuple[str, ...]
    reason: str | None = None
    in_names: bool = False


def strict_query(concept: str, pipeline: Language) -> Query:
    """The query of the default match: lower-cased, `_` read as space, punctuation and possessives dropped."""
    return _query(concept, [_strict_term(word, pipeline) for word in _words(concept, pipeline)])


def any_pos_query(concept: str, pipeline: Language) -> Query:
    """The query over all content words: the default match, with each term as every part of speech that it can be."""
    return _query(concept, [_any_term(word, pipeline) for word in _words(concept, pipeline)])


def paper_query(concept: str, pipeline: Language) -> Query:
    """The query of the published counts: a term's lemma is that of the last token that spaCy finds in it alone."""
    words = [word for word in _BETWEEN_PAPER_TERMS.split(readable(concept).lower()) if word]
    return Query(concept, tuple((_last_lemma(word, pipeline),) for word in words), None)


def resolve_absent(query: Query, vocabulary: Container[str]) -> Query:
    """The paper's query over one corpus: terms that occur nowhere in it (keys, case kept) are dropped.

    If no term is left, the query holds for no caption and the frequency is 0.
    """
    present = tuple(term for term in query.terms if any(key in vocabulary for key in term))
    return replace(query, terms=present)


def _words(concept: str, pipeline: Language) -> list[str]:
    document = pipeline.make_doc(readable(concept).lower().replace("_", " "))
    return [t.text for t in document if not (t.is_punct or t.is_space or t.text in POSSESSIVES)]


def _query(concept: str, terms: list[_Term]) -> Query:
    reason = _unanswerable(terms)
    return Query(concept, () if reason else tuple(term.candidates for term in terms), reason)


def _unanswerable(terms: list[_Term]) -> str | None:
    if not terms:
        return "no word is left of it"
    final = [term.reason for term in terms if term.reason and not term.in_names]
    if not final and all(term.reason for term in terms):
        final = [term.reason for term in terms if term.reason]
    return "; ".join(dict.fromkeys(final)) or None


@lru_cache(maxsize=_TERM_CACHE)
def _strict_term(term: str, pipeline: Language) -> _Term:
    key = key_of(term)
    if any(character.isdigit() for character in term):
        return _Term((), f"'{term}' has digits, which the noun index drops")
    if not key:
        return _Term((), f"'{term}' has no letter A-Z")
    index, exceptions = _tables("noun", pipeline)
    lemma = _lemma_as("NOUN", "Number=Plur", term, pipeline)
    if term not in index and term not in exceptions and lemma not in index:
        is_function = _is_function_word(term, pipeline)
        if is_function or _is_other_word(term, pipeline):
            return _Term((key,), f"'{term}' is never a noun", in_names=not is_function)
    plural = (
        term in exceptions
        or (lemma in index and term not in index)
        or (lemma != term and _tag_alone(term, pipeline) in ("NNS", "NNPS"))
    )
    keys = (key, key_of(lemma)) if plural else (key,)
    return _Term(tuple(dict.fromkeys(filter(None, keys))))


def _any_term(term: str, pipeline: Language) -> _Term:
    if any(character.isdigit() for character in term):
        return _Term((), f"'{term}' has digits, which the index of content words drops")
    noun = _strict_term(term, pipeline)
    if not noun.candidates:
        return noun
    if noun.reason and not noun.in_names:
        return _Term(noun.candidates, f"'{term}' is a function word, which the index of content words leaves out")
    if len(noun.candidates) > 1 or any(term in _index(part, pipeline) for part in ("noun", *_INFLECTED)):
        # A plural, or a word of its own: a rose is no form of rise, and evening is no form of even.
        return replace(noun, reason=None)
    lemmas = (key_of(lemma) for lemma in _other_lemmas(term, pipeline))
    return _Term(tuple(dict.fromkeys(filter(None, (*noun.candidates, *lemmas)))))


def _other_lemmas(term: str, pipeline: Language) -> Iterator[str]:
    """The term's lemmas as each part of speech, other than noun, that the tables list it under."""
    for part, morphology in _INFLECTED.items():
        lemma = _lemma_as(part.upper(), morphology, term, pipeline)
        index, exceptions = _tables(part, pipeline)
        if lemma in index or term in exceptions:
            yield lemma


def _is_function_word(term: str, pipeline: Language) -> bool:
    # Both conditions, because an isolated unknown word may be tagged IN (rl), and some nouns are stop words (name).
    return bool(pipeline.vocab[term].is_stop) and _tag_alone(term, pipeline) in _FUNCTION_TAGS


def _is_other_word(term: str, pipeline: Language) -> bool:
    """Whether the tables list the word as another part of speech and its tag by itself is not that of a noun.

    Words in -ing never count as such, because they are nouns in captions.
    """
    if term.endswith("ing") or not _is_known_as_other(term, pipeline):
        return False
    return _tag_alone(term, pipeline) not in ("NN", "NNS")


def _is_known_as_other(term: str, pipeline: Language) -> bool:
    for part in ("adj", "adv", "verb"):
        index, exceptions = _tables(part, pipeline)
        if term in index or term in exceptions:
            return True
    return _lemma_as("VERB", "VerbForm=Part", term, pipeline) in _tables("verb", pipeline)[0]


def _tables(part: str, pipeline: Language) -> tuple[frozenset[str], Any]:
    """(index: known lemmas, exceptions: form -> lemmas) of one part of speech."""
    return _index(part, pipeline), _lookup("lemma_exc", part, pipeline)


@lru_cache(maxsize=16)
def _index(part: str, pipeline: Language) -> frozenset[str]:
    # The table is a list of 57,528 strings for nouns.
    return frozenset(_lookup("lemma_index", part, pipeline))


def _lookup(table: str, part: str, pipeline: Language) -> Any:
    lemmatizer: Any = pipeline.get_pipe("lemmatizer")
    return lemmatizer.lookups.get_table(table).get(part, {})


def _lemma_as(part: str, morphology: str, term: str, pipeline: Language) -> str:
    """The lemma that the pipeline's rules give the term as this part of speech, whatever its tag."""
    from spacy.tokens import Doc

    token: Any = Doc(pipeline.vocab, words=[term])[0]
    token.pos_ = part
    token.set_morph(morphology)
    lemmatizer: Any = pipeline.get_pipe("lemmatizer")
    return str(lemmatizer.rule_lemmatize(token)[0])


def _tag_alone(term: str, pipeline: Language) -> str:
    """The tag of the term by itself, as one token even if the tokenizer would split it.

    This takes a millisecond and a look into the tables 20 microseconds, so it runs only if the tables do not decide.
    """
    from spacy.tokens import Doc

    document = pipeline(Doc(pipeline.vocab, words=[term], spaces=[False]))
    return str(document[0].tag_)


@lru_cache(maxsize=_TERM_CACHE)
def _last_lemma(term: str, pipeline: Language) -> str:
    return pipeline(term)[-1].lemma_
