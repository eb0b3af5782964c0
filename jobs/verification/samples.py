"""One sample as it is stored, and as it was found when it was read again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from udfs.statuses import USABLE


@dataclass(frozen=True)
class Text:
    """What a caption says: a status, and its nouns' keys (case kept) with their positions."""

    status: str
    keys: tuple[str, ...] = ()
    positions: tuple[int, ...] = ()

    @property
    def usable(self) -> bool:
        """Whether text search looks at it."""
        return self.status in USABLE


@dataclass(frozen=True)
class Tags:
    """What an image shows: a status, and scores by label: all of them, or, as stored, those above the floor."""

    status: str
    scores: Mapping[str, float]

    @property
    def usable(self) -> bool:
        """Whether image search looks at it."""
        return self.status in USABLE


@dataclass(frozen=True)
class SampleView:
    """A sample from one side: what was read of it (None: it is not there), its text and tags (None: no row)."""

    read: Mapping[str, Any] | None = None
    text: Text | None = None
    tags: Tags | None = None
