"""The samples that hold each concept of a list, under every search and threshold."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, NamedTuple

from udfs.counting.laid_out import Held, LaidOut
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
    above the threshold, both rounded to `score_type`.
    """

    concepts: int
    text: TextQueries | None = None
    images: bool = False
    thresholds: tuple[float, ...] = ()
    score_type: ScoreType = "float32"

    def held_by(self, search: str, found: LaidOut) -> Iterator[Searched]:
        """Of `held_in` only one search, at each threshold."""
        return (one for one in self.held_in(found) if one.search == search)

    def held_in(self, found: LaidOut) -> Iterator[Searched]:
        """Text search first; then, for each threshold, image search and integrated search."""
        said = self.text.held_in(found) if self.text else None
        if said is not None:
            yield Searched("text", None, said)
        if not self.images:
            return
        tags = found.held("image", self.concepts)
        for threshold in self.thresholds:
            seen = Held(tags.usable, tags.concepts.above(threshold, self.score_type))
            yield Searched("image", threshold, seen)
            if said is not None:
                both = Held(said.usable & seen.usable, said.concepts.both(seen.concepts))
                yield Searched("integrated", threshold, both)
