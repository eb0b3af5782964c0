"""Aliases that WordNet proposes for concepts, as a list that a person edits before anything is counted by it."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from jobs.concepts.definitions import KEYS
from jobs.concepts.lists import Listed, read_list
from jobs.concepts.wordnet import IMAGENET, Synset, WordNet
from jobs.settings.corpora import ConceptList
from udfs.text.spellings import spelling

log = logging.getLogger(__name__)

# What YAML reads as it stands.
_PLAIN: Final = re.compile(r"[A-Za-z]+(?:[ '-][A-Za-z]+)*")


@dataclass(frozen=True)
class Proposal:
    """What WordNet says of a concept: words of its sense, and of kinds of it, that the list does not have yet.

    written: what the list itself says, by key. sense: None if it is not known; then `senses` are those of the name, of
    which a person chooses one as `synset`, and `why` says what is the matter.
    """

    concept: str
    written: Mapping[str, tuple[str, ...]]
    sense: Synset | None = None
    senses: tuple[Synset, ...] = ()
    aliases: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    why: str | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """The concept and its aliases, written and proposed, and kinds of it."""
        return (self.concept, *self.written.get("any", ()), *self.aliases, *self.kinds)


class ExpandedList(NamedTuple):
    """What a list becomes: its text in YAML, and the proposals in it."""

    text: str
    proposals: list[Proposal]


def expand_list(
    source: ConceptList, folder: str, count: Callable[[Sequence[str]], Mapping[str, int | None]]
) -> ExpandedList:
    """A list with what the WordNet in a folder has for each concept.

    count: gives the frequencies of names that are known. Raises SettingsError if list or WordNet cannot be read.
    """
    listed, wordnet = read_list(source), WordNet(folder)
    proposals = propose(listed, wordnet)
    if wordnet.version != IMAGENET and listed.synsets:
        log.warning("this is WordNet %s: ImageNet's ids are those of %s, and differ", wordnet.version, IMAGENET)
    names = list(dict.fromkeys(name for one in proposals for name in one.names))
    title = f"# {source.name}, with aliases from WordNet {wordnet.version}: docs/definitions.md"
    return ExpandedList("\n".join([title, *as_yaml(proposals, count(names))]) + "\n", proposals)


def propose(listed: Listed, wordnet: WordNet) -> list[Proposal]:
    """A proposal for each concept of a list, in its order, by the list's `synset` or the only sense of the name."""
    written = {entry.name: entry.values for entry in listed.entries}
    return [
        _propose(name, written.get(name, {}), listed.synsets.get(name, ()), wordnet)
        for name in dict.fromkeys(listed.names)
    ]


def _propose(name: str, written: Mapping[str, tuple[str, ...]], synsets: Sequence[str], wordnet: WordNet) -> Proposal:
    try:
        senses = tuple(wordnet.synset(one) for one in synsets or wordnet.senses(name))
    except ValueError as error:
        return Proposal(name, written, why=str(error))
    if not senses:
        return Proposal(name, written, why="WordNet has no noun of this name: give a `synset`")
    if len(senses) > 1:
        return Proposal(name, written, senses=senses, why="which sense? Choose a `synset`, and expand this list again:")
    said = {spelling(one) for one in (name, *(one for key in KEYS for one in written.get(key, ())))}
    words = _new(senses[0].words, said)
    kinds = _new((word for one in wordnet.under(senses[0]) for word in one.words), said)
    return Proposal(name, written, senses[0], (), words, kinds)


def _new(words: Iterable[str], said: set[str]) -> tuple[str, ...]:
    """The words that were not said yet, however they are spelled; they are added to `said`."""
    found = []
    for word in words:
        if spelling(word) not in said:
            said.add(spelling(word))
            found.append(word)
    return tuple(found)


def as_yaml(proposals: Sequence[Proposal], frequencies: Mapping[str, int | None]) -> Iterator[str]:
    """The lines of a list: words of the sense are aliases; kinds, and names of other concepts, are comments.

    frequencies: of the names that are known; None: the search cannot answer the name.
    """
    own = {spelling(one.concept) for one in proposals}
    for one in proposals:
        yield f"- concept: {_scalar(one.concept)}{_said(one.concept, frequencies)}"
        if one.sense is not None:
            yield f"  synset: {one.sense.id}  # {_line(one.sense.gloss)}"
        if one.why is not None:
            yield f"  # {one.why}"
        for sense in one.senses:
            yield f"  # synset: {sense.id}  # {_line(', '.join(sense.words))}: {_line(sense.gloss)}"
        for key in ("all", "none", "parent", "roll_up"):
            if names := one.written.get(key):
                yield f"  {key}: [{', '.join(json.dumps(name, ensure_ascii=False) for name in names)}]"
        given = one.written.get("any", ())
        yield "  any:" if given or any(spelling(word) not in own for word in one.aliases) else "  any: []"
        for word in given:
            yield f"    - {_scalar(word)}{_said(word, frequencies)}"
        for word in one.aliases:
            if spelling(word) in own:
                yield f"    # - {_scalar(word)}{_said(word, frequencies)}, a concept of this list"
            else:
                yield f"    - {_scalar(word)}{_said(word, frequencies)}"
        if one.kinds:
            yield "    # kinds of it:"
        for word in one.kinds:
            yield f"    # - {_scalar(word)}{_said(word, frequencies)}"


def _scalar(name: str) -> str:
    return name if _PLAIN.fullmatch(name) else json.dumps(name, ensure_ascii=False)


def _said(name: str, frequencies: Mapping[str, int | None]) -> str:
    if name not in frequencies:
        return ""
    found = frequencies[name]
    return "  # no answer" if found is None else f"  # {found:,}"


def _line(text: str) -> str:
    return " ".join(text.split())
