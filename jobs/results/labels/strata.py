"""Strata of pairs of a concept and a sample: which searches find them, and in which range of scores."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from jobs.settings.image_search import Scores
from udfs.counting.evidence import NOTHING, TEXT, of_edge

NAME_OF_NOTHING: Final = "found by nothing"


@dataclass(frozen=True)
class Stratum:
    """The pairs of this evidence (`udfs.counting.evidence`), with the edges of scores that it speaks of."""

    evidence: int
    edges: tuple[float, ...]

    @property
    def by_text(self) -> bool:
        """Whether text search finds the pairs."""
        return bool(self.evidence & TEXT)

    def above(self, threshold: float) -> bool:
        """Whether image search above this threshold, one of the edges, finds the pairs."""
        return bool(self.evidence & of_edge(self.edges.index(threshold)))

    def found_by(self, search: str, threshold: float | None) -> bool:
        """Whether a search finds the pairs; the threshold is None for text."""
        if threshold is None:
            return self.by_text
        return self.above(threshold) and (search == "image" or self.by_text)

    @property
    def name(self) -> str:
        """As in `text`, `image 0.3 to 0.5` and `text, image 0.3 to 0.5`."""
        if self.evidence == NOTHING:
            return NAME_OF_NOTHING
        return ", ".join([*(["text"] if self.by_text else []), *self._images()])

    def _images(self) -> list[str]:
        found = [self.above(edge) for edge in self.edges]
        if not any(found):
            return []
        last = max(at for at, there in enumerate(found) if there)
        ends = (*self.edges, 1.0)
        # An excluded name may hide a pair at a low threshold that a higher one finds.
        hidden = [f"{edge:g}" for edge, there in zip(self.edges[:last], found, strict=False) if not there]
        but = f" but not above {', '.join(hidden)}" if hidden else ""
        return [f"image {ends[last]:g} to {ends[last + 1]:g}{but}"]


def edges_of(scores: Scores | None) -> tuple[float, ...]:
    """Where strata of scores begin, ascending: floor and thresholds, and the middles between them and up to 1.

    None without image search.
    """
    if scores is None:
        return ()
    known = sorted({scores.floor, *scores.thresholds})
    middles = [round((one + other) / 2, 6) for one, other in zip(known, [*known[1:], 1.0], strict=True)]
    return tuple(sorted({*known, *middles}))


def in_order(evidence: Sequence[int], edges: tuple[float, ...]) -> tuple[Stratum, ...]:
    """A stratum for each evidence: what both halves find comes first, high scores before low ones, nothing last."""
    found = [Stratum(one, edges) for one in evidence]
    return tuple(sorted(found, key=lambda one: (-(one.evidence >> 1), not one.by_text)))
