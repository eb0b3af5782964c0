"""WordNet's nouns, read where its files lie: the words of a synset, what it means, and the synsets below it.

A synset is the line of `data.noun` that begins at its number, and ImageNet's ids are these numbers in WordNet 3.0
(n02084071: dog). The format is that of wndb(5WN). Debian's wordnet-base has version 3.0; nltk's reader does not open
it, for want of a file `lexnames`. No other part of speech is read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

from jobs.errors import SettingsError

# The folder of Debian's wordnet-base.
DEBIAN: Final = "/usr/share/wordnet"
# The version of ImageNet's ids.
IMAGENET: Final = "3.0"
_ID: Final = re.compile(r"n(\d{8})")
_VERSION: Final = re.compile(rb"WordNet (\d+\.\d+) Copyright")
# Kinds and instances (a crane; Lake Como, of lake).
_BELOW: Final = ("~", "~i")


@dataclass(frozen=True)
class Synset:
    """A sense of nouns: its words, the commonest first, its gloss, and the ids of the synsets right below it."""

    id: str
    words: tuple[str, ...]
    gloss: str
    below: tuple[str, ...]


class WordNet:
    """The nouns of a folder with `data.noun` and `index.noun`. Raises SettingsError if these are not there."""

    def __init__(self, folder: str) -> None:
        self._folder = Path(folder)
        try:
            self._data = (self._folder / "data.noun").read_bytes()
        except OSError as error:
            raise SettingsError(
                f"--wordnet {folder}: {error}: name the folder of WordNet's files data.noun and index.noun "
                "(Debian: apt install wordnet-base)"
            ) from None

    @property
    def version(self) -> str | None:
        """The version that the file names."""
        found = _VERSION.search(self._data, 0, 4096)
        return found[1].decode() if found else None

    def synset(self, name: str) -> Synset:
        """The synset of an id as n02084071. Raises ValueError if there is none."""
        found = _ID.fullmatch(name)
        start = int(found[1]) if found else 0
        end = self._data.find(b"\n", start)
        line = self._data[start:end].decode("utf-8", "replace")
        if found is None or not line.startswith(f"{found[1]} "):
            raise ValueError(f"'{name}' is no synset of the nouns of WordNet {self.version or '(unknown version)'}")
        columns, _, gloss = line.partition(" | ")
        fields = columns.split(" ")
        # The number of words is hexadecimal, that of pointers decimal; a word has two fields, a pointer four.
        pointers = 4 + 2 * int(fields[3], 16)
        words = tuple(word.replace("_", " ") for word in fields[4:pointers:2])
        below = tuple(
            f"n{fields[at + 1]}"
            for at in range(pointers + 1, pointers + 1 + 4 * int(fields[pointers]), 4)
            if fields[at] in _BELOW
        )
        return Synset(name, words, gloss.strip(), below)

    def senses(self, name: str) -> tuple[str, ...]:
        """The ids of all senses of a name as a noun, the commonest first; none if WordNet does not know it."""
        return self._senses.get(" ".join(name.replace("_", " ").lower().split()), ())

    def under(self, synset: Synset) -> Iterator[Synset]:
        """Every synset below this one, of any depth, each once."""
        waiting, seen = list(synset.below), {synset.id}
        while waiting:
            name = waiting.pop(0)
            if name not in seen:
                seen.add(name)
                one = self.synset(name)
                yield one
                waiting += one.below

    @cached_property
    def _senses(self) -> dict[str, tuple[str, ...]]:
        try:
            lines = (self._folder / "index.noun").read_text(encoding="utf-8").splitlines()
        except OSError as error:
            raise SettingsError(f"--wordnet {self._folder}: {error}") from None
        # The licence's lines begin with spaces. The last fields are the numbers of as many senses as the third says.
        each = (line.split() for line in lines if not line.startswith(" "))
        return {fields[0].replace("_", " "): tuple(f"n{one}" for one in fields[-int(fields[2]) :]) for fields in each}
