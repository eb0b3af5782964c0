"""Frequencies that somebody else counted, as tables: one per set, corpus and definition of frequency.

A definition is a way of counting, such as `wen` or `parashar-relevant`. A table holds counts of one definition.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple


class TableKey(NamedTuple):
    """What a table is about; a later import with the same key replaces its rows."""

    set: str
    corpus: str
    definition: str


@dataclass
class FrequencyTable:
    """Samples by concept, with the search that counted them (text, image or integrated), and where they come from.

    `samples`: how many samples of the corpus were searched, if that is known.
    """

    key: TableKey
    search: str
    origin: Mapping[str, Any]
    frequency: dict[str, int] = field(default_factory=dict)
    samples: int | None = None


@dataclass(frozen=True)
class FrequencySheet:
    """The tables of a file or of a clone, each fault with what it concerns, and the number of rows left out."""

    tables: tuple[FrequencyTable, ...]
    faults: tuple[str, ...]
    left_out: int
    repeated: int = 0

    @property
    def rows(self) -> int:
        """The number of usable frequencies."""
        return sum(len(table.frequency) for table in self.tables)
