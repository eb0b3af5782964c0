"""Splits a run of text between spaces into tokens as spaCy's tokenizer does, without its documents or lexemes.

The steps and expressions are the tokenizer's own (spacy/tokenizer.pyx, and its `explain`): prefixes and suffixes are
taken off as long as there are any, then the rest is split at infixes. The tokenizer has a second pass, which seeks
special cases ("'s", ":)", "don't") in the tokens of the whole text and prefers a longer match, also across spaces. So a
run that holds a special case can be split by itself only if no match can extend over its ends.
"""

from __future__ import annotations

from collections.abc import Container, Sequence
from itertools import pairwise
from typing import Any


class Splitter:
    """Splits runs as one tokenizer does. Its expressions must be those of English (structure.py)."""

    def __init__(self, tokenizer: Any) -> None:
        from spacy.symbols import ORTH

        self._prefix = tokenizer.prefix_search
        self._suffix = tokenizer.suffix_search
        self._infixes = tokenizer.infix_finditer
        self._url = tokenizer.url_match
        self._rules = {run: [token[ORTH] for token in tokens] for run, tokens in tokenizer.rules.items()}
        sought = [pair for rule in self._rules for pair in pairwise(self._pieces(rule, {}) or [])]
        self._before, self._after = (frozenset(side) for side in zip(*sought, strict=True))

    def split(self, run: str) -> list[str] | None:
        """The tokens of a run before the second pass; None if its core is a special case."""
        return self._rules[run] if run in self._rules else self._pieces(run, self._rules)

    def holds_rule(self, run: str, pieces: Sequence[str]) -> bool:
        """Whether these tokens of the run, or some adjacent ones of them, form a special case."""
        count = len(pieces)
        if count == 1:
            return run in self._rules
        starts = range(count)
        return any("".join(pieces[i:j]) in self._rules for i in starts for j in range(i + 1, count + 1))

    def is_apart(self, pieces: Sequence[str]) -> bool:
        """Whether no special case can begin in these tokens and end after them, or begin before and end in them."""
        return not (pieces[-1] in self._before or pieces[0] in self._after)

    def _pieces(self, run: str, rules: Container[str]) -> list[str] | None:
        prefixes: list[str] = []
        suffixes: list[str] = []
        size = 0
        while run and len(run) != size:
            if run in rules:
                return None
            if _is_letters(run):
                break
            size = len(run)
            before, after = self._affixes(run)
            if run[before:] in rules or run[: size - after] in rules:
                return None
            if before:
                prefixes.append(run[:before])
            if after:
                suffixes.append(run[size - after :])
            run = run[before : size - after]
        return [*prefixes, *self._at_infixes(run), *reversed(suffixes)]

    def _affixes(self, run: str) -> tuple[int, int]:
        """The lengths of the prefix and of the suffix of a run, 0 if there is none."""
        prefix = self._prefix(run)
        before = prefix.end() - prefix.start() if prefix else 0
        suffix = self._suffix(run[before:])
        return before, suffix.end() - suffix.start() if suffix else 0

    def _at_infixes(self, run: str) -> list[str]:
        if _is_letters(run):
            return [run]
        infixes = [match.span() for match in self._infixes(run)]
        if not infixes or self._url(run):
            return [run] if run else []
        tokens, start = [], 0
        for first, end in infixes:
            # Like spaCy: a match at the very start is no infix.
            if first == 0:
                continue
            tokens += [run[start:first], run[first:end]]
            start = end
        return [token for token in [*tokens, run[start:]] if token]


def _is_letters(run: str) -> bool:
    """Whether the run consists of A-Z and a-z alone; no expression of English matches in such a run."""
    return run.isascii() and run.isalpha()
