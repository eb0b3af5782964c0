"""One sample from either side: as stored, and as found when it is read again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from udfs.statuses import USABLE


@dataclass(frozen=True)
class Text:
    """The text of a sample: a status, and its nouns' keys (case kept) with their positions."""

    status: str
    keys: tuple[str, ...] = ()
    positions: tuple[int, ...] = ()

    @property
    def usable(self) -> bool:
        """Whether text search uses it."""
        return self.status in USABLE


@dataclass(frozen=True)
class Tags:
    """The tags of an image: a status, and scores by label; stored tags have only the scores above the floor."""

    status: str
    scores: Mapping[str, float]

    @property
    def usable(self) -> bool:
        """Whether image search uses it."""
        return self.status in USABLE


@dataclass(frozen=True)
class SampleView:
    """A sample from one side: its row of samples (None: it is absent), its text and its tags (None: no row)."""

    read: Mapping[str, Any] | None = None
    text: Text | None = None
    tags: Tags | None = None
