"""What a page is before it is HTML."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Page:
    """A template and its values."""

    template: str
    values: Mapping[str, Any]
