"""Turns captions into token types. A type is a word (text and norm) and whether a space follows: all the network sees.

The pipeline's tokenizer splits a run of text between spaces independently of the runs around it. The result is cached,
because most runs of a caption were seen before. Two kinds of captions are left to the tokenizer as a whole: captions
with white space other than spaces, and captions with runs that its second pass may change.
"""

from __future__ import annotations

import re
import string
from collections.abc import Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any, Final, cast

import numpy as np
from numpy.typing import NDArray

from udfs.text.fast.splitter import Splitter
from udfs.text.fast.structure import FEATURES

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Doc

Integers = NDArray[np.int64]

# Together about 60 MB. Web text brings about two new words per caption, so about 50,000 captions fill the cache.
MOST_WORDS: Final = 100_000
_MOST_RUNS: Final = 200_000
_MOST_CHARACTERS: Final = 5_000_000
_LONGEST_RUN: Final = 64
_COLUMNS: Final[list[int | str]] = [*FEATURES, "IS_PUNCT"]
_SPACY, _IS_SPACE, _IS_PUNCT = (_COLUMNS.index(name) for name in ("SPACY", "IS_SPACE", "IS_PUNCT"))
_SEGMENTS: Final = re.compile("( +)|([^ ]+)")
# Replaces every letter and digit by one of its kind, which does not change the shape: shapes are cached under the
# result.
_SHAPED: Final = str.maketrans(
    dict.fromkeys(string.ascii_lowercase, "x")
    | dict.fromkeys(string.ascii_uppercase, "X")
    | dict.fromkeys(string.digits, "0")
)


class Types:
    """Every word seen so far, numbered in order; word w is type 2w without a space after it and 2w + 1 with one.

    Use it inside a memory zone of the pipeline. texts: [words]; features: [words], as the network takes them but for
    SPACY; blank: [words], whether a word is white space or punctuation.
    """

    def __init__(self, pipeline: Language) -> None:
        from spacy.attrs import IDS

        self._pipeline = pipeline
        self._splitter = Splitter(pipeline.tokenizer)
        vocab: Any = pipeline.vocab
        getters = vocab.lex_attr_getters
        self._get_hashed = [getters[IDS[name]] for name in ("NORM", "PREFIX", "SUFFIX")]
        self._get_flags = [getters[IDS[name]] for name in ("IS_SPACE", "IS_PUNCT")]
        self._get_shape = getters[IDS["SHAPE"]]
        self.texts: list[str] = []
        self.features: list[tuple[int, ...]] = []
        self.blank: list[bool] = []
        self._words: dict[tuple[str, int], int] = {}
        self._plain: dict[str, int] = {}
        self._shapes: dict[str, int] = {}
        # The types of a run that a space follows; None if the tokenizer must see the whole caption.
        self._runs: dict[str, tuple[int, ...] | None] = {}
        self._characters = 0

    @property
    def full(self) -> bool:
        """Whether the cache is full and must be replaced."""
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
        parts = list(map(self._runs.get, runs))
        if None in parts:
            return self._spaced_row(caption)
        row = list(chain.from_iterable(cast(list[tuple[int, ...]], parts)))
        row[-1] -= 1
        return row

    def _spaced_row(self, caption: str) -> list[int]:
        """The types of a caption. The first space after a run belongs to its last token; further spaces are a token."""
        row: list[int] = []
        for spaces, run in _SEGMENTS.findall(caption):
            if run:
                types = self._runs.get(run)
                if types is None:
                    return self._types_of(self._pipeline.tokenizer(caption))
                row += types
                row[-1] -= 1
                continue
            if row:
                row[-1] += 1
                spaces = spaces[1:]
            row += self._types_of(self._pipeline.tokenizer(spaces))
        return row

    def _read_run(self, run: str) -> tuple[int, ...] | None:
        pieces = self._splitter.split(run) if run.split() == [run] else None
        if pieces is None:
            return None
        if not self._splitter.holds_rule(run, pieces):
            types = [2 * self._plain_word(piece) for piece in pieces]
        elif self._splitter.is_apart(pieces):
            types = self._types_of(self._pipeline.tokenizer(run))
        else:
            return None
        # The garbage collector ignores tuples of numbers, but would traverse lists again and again.
        return (*types[:-1], types[-1] + 1)

    def _types_of(self, doc: Doc) -> list[int]:
        if not len(doc):
            return []
        rows = doc.to_array(_COLUMNS).tolist()
        words = [self._word(token.text, row) for token, row in zip(doc, rows, strict=True)]
        return [2 * word + row[_SPACY] for word, row in zip(words, rows, strict=True)]

    def _plain_word(self, text: str) -> int:
        """The word of a token that is no special case, made without a spaCy lexeme, which costs ten times as much."""
        word = self._plain.get(text)
        if word is None:
            word = self._plain[text] = self._word(text, self._row_of(text))
        return word

    def _row_of(self, text: str) -> list[int]:
        """The text's values of _COLUMNS: those of its lexeme if there is one, else those a new lexeme would get."""
        vocab: Any = self._pipeline.vocab
        if text in vocab:
            lexeme = vocab[text]
            hashes = [lexeme.norm, lexeme.prefix, lexeme.suffix, lexeme.shape]
            return [*hashes, 0, lexeme.is_space, lexeme.is_punct]
        hashes = [vocab.strings[get(text)] for get in self._get_hashed]
        return [*hashes, self._shape(text), 0, *(get(text) for get in self._get_flags)]

    def _shape(self, text: str) -> int:
        vocab: Any = self._pipeline.vocab
        shaped = text.translate(_SHAPED)
        shape = self._shapes.get(shaped)
        if shape is None:
            shape = self._shapes[shaped] = vocab.strings[self._get_shape(shaped)]
        return shape

    def _word(self, text: str, row: list[int]) -> int:
        """The number of a word with these values of _COLUMNS."""
        key = (text, row[0])
        word = self._words.get(key)
        if word is None:
            word = self._words[key] = len(self.texts)
            self.texts.append(text)
            self.features.append((*row[:_SPACY], 0, int(row[_IS_SPACE])))
            self.blank.append(bool(row[_IS_SPACE] or row[_IS_PUNCT]))
            self._characters += len(text)
        return word
