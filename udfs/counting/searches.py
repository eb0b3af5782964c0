"""The samples that hold each concept of a list, under every search and threshold."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

from udfs.counting.definitions import Definitions
from udfs.counting.laid_out import Held, LaidOut
from udfs.counting.sets import Sets
from udfs.counting.text_queries import TextQueries

ScoreType = Literal["float32", "float16"]


class Searched(NamedTuple):
    """What one search holds at one threshold, which is None for text."""

    search: str
    threshold: float | None
    held: Held


@dataclass(frozen=True, eq=False)
class Searches:
    """The searches for `concepts` concepts. A sample counts once per concept and search.

    text, images: which halves are searched; `thresholds` are those of images. A tag counts if its score is strictly
    above the threshold, both rounded to `score_type`. definitions: how concepts are made of the names that each half
    answers; None: each is a name of its own.
    """

    concepts: int
    text: TextQueries | None = None
    images: bool = False
    thresholds: tuple[float, ...] = ()
    score_type: ScoreType = "float32"
    definitions: Definitions | None = None

    def at(self, threshold: float | None) -> Searches:
        """The same at this threshold alone; None: without images' thresholds, as text search asks."""
        return replace(self, thresholds=() if threshold is None else (threshold,))

    def held_by(self, search: str, found: LaidOut) -> Iterator[Searched]:
        """Of `held_in` only one search, at each threshold."""
        return (one for one in self.held_in(found) if one.search == search)

    def held_in(self, found: LaidOut) -> Iterator[Searched]:
        """Text search first; then, for each threshold, image search and integrated search."""
        said = self._combined(self.text.held_in(found)) if self.text else None
        if said is not None:
            yield Searched("text", None, said)
        if not self.images:
            return
        tags = self._tags(found)
        for threshold in self.thresholds:
            seen = self._combined(Held(tags.usable, tags.concepts.above(threshold, self.score_type)))
            yield Searched("image", threshold, seen)
            if said is not None:
                both = Held(said.usable & seen.usable, said.concepts.both(seen.concepts))
                yield Searched("integrated", threshold, both)

    def scores(self, found: LaidOut) -> Sets:
        """The highest score that a label gives each concept, by sample."""
        names = self._tags(found).concepts
        return names if self.definitions is None else self.definitions.highest(names)

    def _tags(self, found: LaidOut) -> Held:
        return found.held("image", self.concepts if self.definitions is None else self.definitions.names)

    def _combined(self, names: Held) -> Held:
        return names if self.definitions is None else Held(names.usable, self.definitions.combined(names.concepts))
