"""Options that a user may set, as fields of frozen dataclasses: each with its default and its meaning."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import field
from typing import Final, TypeVar

T = TypeVar("T")

# The key of a field's metadata under which docs/settings.md finds the description.
DESCRIPTION: Final = "description"


def option(default: T, description: str) -> T:
    """The field of an option; `description` is one sentence in Markdown."""
    return field(default=default, metadata={DESCRIPTION: description})


def first_of(names: Sequence[str]) -> str:
    """The end of a description: the names that are tried without the option."""
    return f"without it, the first of {', '.join(f'`{name}`' for name in names)} that is there"
