"""Counts in every match mode by plain loops over spaCy's documents, apart from the code that is tested.

The definitions of docs/text-search.md, word for word: nothing of `udfs.text` is used here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from spacy.tokens import Doc

NOUNS = {"NN", "NNS", "NNP", "NNPS"}
CONTENT = NOUNS | {"VB", "VBD", "VBG", "VBN", "VBP", "VBZ", "JJ", "JJR", "JJS", "RB", "RBR", "RBS", "CD"}
FUNCTION = {"CC", "DT", "EX", "IN", "MD", "PDT", "PRP", "PRP$", "RP", "TO", "WDT", "WP", "WP$", "WRB"}
POSSESSIVES = ("'s", "’s", "'", "’")

# A term is a set of keys, any of which stands for it; a concept that cannot be answered is None.
Terms = list[set[str]] | None


def clean(text: str) -> str:
    """Letters A to Z and spaces."""
    return "".join(c for c in text if c == " " or (c.isascii() and c.isalpha()))


def is_word(token: Any) -> bool:
    """Neither punctuation nor white space."""
    return not token.is_punct and not token.is_space


class Naive:
    """The naive counter over one pipeline and one list of captions."""

    def __init__(self, nlp: Any, captions: Sequence[str]) -> None:
        self.nlp = nlp
        self.captions = captions
        self.docs = list(nlp.pipe(captions, batch_size=256))
        lookups = nlp.get_pipe("lemmatizer").lookups
        parts = ("noun", "verb", "adj", "adv")
        self.known = {part: set(lookups.get_table("lemma_index").get(part, ())) for part in parts}
        self.exceptions = {part: lookups.get_table("lemma_exc").get(part, {}) for part in parts}

    def counts(self, mode: str, concepts: Iterable[str], ignore_case: bool = False) -> dict[str, int | None]:
        """How many captions hold each concept; None where the mode cannot answer it."""
        if mode == "substring":
            return self._substrings(concepts, ignore_case)
        held = [self._held(doc, mode) for doc in self.docs]
        everywhere = set().union(*({key for _, key in pairs} for pairs in held))
        found: dict[str, int | None] = {}
        for concept in concepts:
            terms = self._terms(concept, mode)
            if terms is not None and mode == "paper":
                terms = [term for term in terms if term & everywhere]
            found[concept] = None if terms is None else sum(self._holds(pairs, terms, mode) for pairs in held)
        return found

    def _substrings(self, concepts: Iterable[str], ignore_case: bool) -> dict[str, int | None]:
        def space(text: str) -> str:
            text = re.sub(r"([,.;:?!`])", r" \1 ", text)
            return " " + re.sub(r"[\t\n\r]", " ", text) + " "

        def case(text: str) -> str:
            return text.lower() if ignore_case else text

        texts = [case(space(caption)) for caption in self.captions]
        found: dict[str, int | None] = {}
        for concept in concepts:
            entry = " ".join(concept.replace("_", " ").split())
            sought = " " + case(space(entry)).strip(" ") + " "
            found[concept] = sum(sought in text for text in texts) if entry else None
        return found

    def _held(self, doc: Doc, mode: str) -> set[tuple[int, str]]:
        """(position, key) of what the mode searches in."""
        if mode == "raw":
            return {(i, token.lower_) for i, token in enumerate(doc) if is_word(token)}
        words = [token for token in doc if is_word(token) and token.tag_ != "POS"]
        pairs = set()
        for i, token in enumerate(words):
            if token.tag_ in NOUNS or (mode == "any_pos" and token.tag_ in CONTENT):
                pairs.add((i, clean(token.lemma_)))
            if mode == "any_pos" and token.tag_ in CONTENT - NOUNS:
                pairs.add((i, clean(token.text)))
        return {(i, key if mode == "paper" else key.lower()) for i, key in pairs if key}

    @staticmethod
    def _holds(pairs: set[tuple[int, str]], terms: list[set[str]], mode: str) -> bool:
        if not terms:
            return False
        if mode != "phrase":
            keys = {key for _, key in pairs}
            return all(term & keys for term in terms)
        starts = {i for i, _ in pairs}
        return any(all(any((s + n, key) in pairs for key in term) for n, term in enumerate(terms)) for s in starts)

    def _terms(self, concept: str, mode: str) -> Terms:
        text = concept.replace("_", " ")
        if mode == "paper":
            return [{self.nlp(word)[-1].lemma_} for word in text.lower().split()]
        words = [token for token in self.nlp.make_doc(text if mode == "raw" else text.lower()) if is_word(token)]
        names = [token.lower_ for token in words if token.text not in POSSESSIVES]
        if mode == "raw":
            return [{name} for name in names] or None
        if not names or any(re.search(r"\d", name) or not clean(name) for name in names):
            return None
        if any(self._is_function(name) for name in names):
            return None
        if mode == "any_pos":
            return [self._as_any(name) for name in names]
        if all(self._is_no_noun(name) for name in names):
            return None
        return [self._as_noun(name) for name in names]

    def _as_noun(self, name: str) -> set[str]:
        lemma = self._lemma(name, "NOUN", "Number=Plur")
        plural = name in self.exceptions["noun"] or (lemma in self.known["noun"] and name not in self.known["noun"])
        if plural or (lemma != name and self._alone(name).tag_ in ("NNS", "NNPS")):
            return {clean(name), clean(lemma)} - {""}
        return {clean(name)}

    def _as_any(self, name: str) -> set[str]:
        keys = self._as_noun(name) if not self._is_no_noun(name) else {clean(name)}
        if len(keys) == 1 and not any(name in words for words in self.known.values()):
            for part, form in (("verb", "VerbForm=Part"), ("adj", "Degree=Cmp"), ("adv", "Degree=Cmp")):
                lemma = self._lemma(name, part.upper(), form)
                if lemma in self.known[part] or name in self.exceptions[part]:
                    keys = keys | {clean(lemma)}
        return keys - {""}

    def _in_noun_tables(self, name: str) -> bool:
        lemma = self._lemma(name, "NOUN", "Number=Plur")
        return name in self.known["noun"] or name in self.exceptions["noun"] or lemma in self.known["noun"]

    def _is_function(self, name: str) -> bool:
        token = self._alone(name)
        return not self._in_noun_tables(name) and token.is_stop and token.tag_ in FUNCTION

    def _is_no_noun(self, name: str) -> bool:
        """An adjective, adverb or verb that no noun table has; words in -ing are nouns."""
        if self._in_noun_tables(name) or name.endswith("ing") or self._alone(name).tag_ in ("NN", "NNS"):
            return False
        others = ("adj", "adv", "verb")
        if any(name in self.known[part] or name in self.exceptions[part] for part in others):
            return True
        return self._lemma(name, "VERB", "VerbForm=Part") in self.known["verb"]

    def _alone(self, name: str) -> Any:
        return self.nlp(Doc(self.nlp.vocab, words=[name], spaces=[False]))[0]

    def _lemma(self, name: str, part: str, form: str) -> str:
        token = Doc(self.nlp.vocab, words=[name])[0]
        token.pos_ = part
        token.set_morph(form)
        return str(self.nlp.get_pipe("lemmatizer").rule_lemmatize(token)[0])
