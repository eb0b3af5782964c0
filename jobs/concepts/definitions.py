"""What a concept of a list is to every search: its name, or a set of names that are each asked as a concept's is.

A half, text or image, finds a concept in the samples that hold its name or one of its aliases, all required names, and
no excluded name. A concept that rolls up is found in the samples of every concept below it as well.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any, Final

from udfs.counting.arrays import RaggedArray
from udfs.counting.definitions import Definitions

# The keys of a definition where it is written down, in lists, in the lake and in digests, in the order of its fields.
KEYS: Final = {"any": "aliases", "all": "required", "none": "excluded"}
BELOW: Final = "below"


@dataclass(frozen=True)
class Definition:
    """A concept with its names; below: the definitions of the concepts that it rolls up, which roll up nothing."""

    concept: str
    aliases: tuple[str, ...] = ()
    required: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    below: tuple[Definition, ...] = ()

    @property
    def is_plain(self) -> bool:
        """Whether the concept is its name and nothing else."""
        return self == Definition(self.concept)

    @property
    def alternatives(self) -> tuple[str, ...]:
        """The names of which one is enough."""
        return (self.concept, *self.aliases)

    @property
    def united(self) -> tuple[Definition, ...]:
        """The definitions whose samples are the concept's."""
        return (replace(self, below=()), *self.below)

    @property
    def names(self) -> Iterator[str]:
        """Every name that is asked, its own first; some may come twice."""
        yield from chain(self.alternatives, self.required, self.excluded)
        for one in self.below:
            yield from one.names

    def why_not(self, reasons: Mapping[str, str | None]) -> str | None:
        """Why a half cannot answer the concept, by the reason for each name that it cannot answer; None: it can.

        An alias or an excluded name without an answer is left out. All required names must have one.
        """
        said = [_why_not(one, reasons) for one in self.united]
        return said[0] if all(said) else None

    def as_dict(self) -> dict[str, Any]:
        """What it has beside the name, in a fixed order."""
        held: dict[str, Any] = {key: list(names) for key, field in KEYS.items() if (names := getattr(self, field))}
        if self.below:
            held[BELOW] = {one.concept: one.as_dict() for one in self.below}
        return held

    def to_json(self) -> str | None:
        """The definition as the lake keeps it; None if it is plain."""
        return None if self.is_plain else json.dumps(self.as_dict(), ensure_ascii=False)

    @classmethod
    def from_json(cls, concept: str, text: str | None) -> Definition:
        """The definition that the lake keeps."""
        return cls._from_dict(concept, json.loads(text) if text else {})

    @classmethod
    def _from_dict(cls, concept: str, held: Mapping[str, Any]) -> Definition:
        aliases, required, excluded = (tuple(held.get(key, ())) for key in KEYS)
        below = tuple(cls._from_dict(name, one) for name, one in held.get(BELOW, {}).items())
        return cls(concept, aliases, required, excluded, below)


def _why_not(one: Definition, reasons: Mapping[str, str | None]) -> str | None:
    if all(reasons[name] for name in one.alternatives):
        return reasons[one.concept]
    return next((f"'{name}' is required: {reasons[name]}" for name in one.required if reasons[name]), None)


def number_names(definitions: Sequence[Definition]) -> tuple[tuple[str, ...], Definitions]:
    """The names of definitions, each once, and the definitions in their numbers."""
    place_of = {name: place for place, name in enumerate(dict.fromkeys(chain(*(one.names for one in definitions))))}
    number_of: dict[Definition, int] = {}
    for one in chain(*(each.united for each in definitions)):
        number_of.setdefault(one, len(number_of))

    def lists(names: Iterator[Sequence[str]]) -> RaggedArray:
        return RaggedArray.of([place_of[name] for name in each] for each in names)

    required = (
        [number, *(len(number_of) + place_of[name] for name in one.required)] for one, number in number_of.items()
    )
    return tuple(place_of), Definitions(
        names=len(place_of),
        alternatives=lists(one.alternatives for one in number_of),
        required=RaggedArray.of(required),
        excluded=lists(one.excluded for one in number_of),
        concepts=RaggedArray.of([number_of[one] for one in each.united] for each in definitions),
    )
