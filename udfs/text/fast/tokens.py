"""Captions to types. A type is a token's word (text and norm) and whether a space follows: all that the network sees.

The pipeline's tokenizer decides, and what it made of a run of text between spaces is kept: most runs of a caption were
seen before. A run's tokens do not depend on what stands around it, with two exceptions, which the tokenizer gets as
whole captions: white space other than single spaces, and runs that hold one of its special cases ("'s", ":)") as a
piece, since it seeks these in a second pass, over tokens and across spaces.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from udfs.text.fast.structure import FEATURES

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Doc

Integers = NDArray[np.int64]

# Together about 60 MB. Web text brings about two new words a caption, so that they are filled by some 50,000 captions.
MOST_WORDS: Final = 100_000
_MOST_RUNS: Final = 200_000
_MOST_CHARACTERS: Final = 5_000_000
_LONGEST_RUN: Final = 64
_COLUMNS: Final = [*FEATURES, "IS_PUNCT"]
_SPACY, _IS_SPACE, _IS_PUNCT = (_COLUMNS.index(name) for name in ("SPACY", "IS_SPACE", "IS_PUNCT"))


class Types:
    """Every word seen so far, numbered in order; word w is type 2w without a space after it and 2w + 1 with one.

    Use it inside a memory zone of the pipeline. texts: [words]; features: [words], as the network takes them but for
    SPACY; blank: [words], whether a word is white space or punctuation.
    """

    def __init__(self, pipeline: Language) -> None:
        self._pipeline = pipeline
        self._rules = frozenset(pipeline.tokenizer.rules)
        self.texts: list[str] = []
        self.features: list[tuple[int, ...]] = []
        self.blank: list[bool] = []
        self._words: dict[tuple[str, int], int] = {}
        # The types of a run that a space follows; None where the tokenizer must see the whole caption.
        self._runs: dict[str, list[int] | None] = {}
        self._characters = 0

    @property
    def full(self) -> bool:
        """Whether it is time to start anew."""
        words, runs = len(self.texts) >= MOST_WORDS, len(self._runs) >= _MOST_RUNS
        return words or runs or self._characters >= _MOST_CHARACTERS

    def read(self, captions: Sequence[str]) -> tuple[Integers, Integers]:
        """(the types of all tokens, caption after caption; how many each caption has)."""
        split = [caption.split(" ") for caption in captions]
        for run in set(chain.from_iterable(split)).difference(self._runs):
            if len(run) <= _LONGEST_RUN:
                self._runs[run] = self._read_run(run)
        rows = [self._row(caption, runs) for caption, runs in zip(captions, split, strict=True)]
        lengths = np.fromiter(map(len, rows), np.int64, len(rows))
        return np.fromiter(chain.from_iterable(rows), np.int64, int(lengths.sum())), lengths

    def _row(self, caption: str, runs: Sequence[str]) -> list[int]:
        row: list[int] = []
        for run in runs:
            types = self._runs.get(run)
            if types is None:
                return self._types_of(self._pipeline.tokenizer(caption))
            row += types
        row[-1] -= 1
        return row

    def _read_run(self, run: str) -> list[int] | None:
        if run.split() != [run]:
            return None
        if run.isascii() and run.isalpha() and run not in self._rules:
            return [2 * self._plain_word(run) + 1]
        types = self._types_of(self._pipeline.tokenizer(run))
        if self._holds_special_case([self.texts[one // 2] for one in types]):
            return None
        types[-1] += 1
        return types

    def _holds_special_case(self, pieces: Sequence[str]) -> bool:
        """Whether some of the pieces, but not all of them, make a special case."""
        spans = ((i, j) for i in range(len(pieces)) for j in range(i + 1, len(pieces) + 1) if j - i < len(pieces))
        return any("".join(pieces[i:j]) in self._rules for i, j in spans)

    def _types_of(self, doc: Doc) -> list[int]:
        rows = doc.to_array(_COLUMNS)
        if not len(doc):
            return []
        words = [self._word(token.text, row) for token, row in zip(doc, rows.tolist(), strict=True)]
        return [2 * word + space for word, space in zip(words, rows[:, _SPACY].tolist(), strict=True)]

    def _plain_word(self, text: str) -> int:
        """A word of letters alone, which no rule of the tokenizer splits: its features without a lexeme of spaCy's."""
        vocab: Any = self._pipeline.vocab
        if text in vocab:
            return self._types_of(self._pipeline.tokenizer(text))[0] // 2
        from spacy.attrs import IDS

        getters = vocab.lex_attr_getters
        hashed = [vocab.strings[getters[IDS[name]](text)] for name in FEATURES[:4]]
        return self._word(text, [*hashed, 0, 0, 0])

    def _word(self, text: str, row: list[int]) -> int:
        """The number of a word with these values of _COLUMNS."""
        key = (text, row[0])
        word = self._words.get(key)
        if word is None:
            word = self._words[key] = len(self.texts)
            self.texts.append(text)
            self.features.append((*row[:_SPACY], 0, row[_IS_SPACE]))
            self.blank.append(bool(row[_IS_SPACE] or row[_IS_PUNCT]))
            self._characters += len(text)
        return word
