"""Single cells of an imported row: names and numbers, or the reason why the row cannot be used."""

from __future__ import annotations

import math
from typing import Any

from jobs.imported.row_files import BadRow
from jobs.published.documents import LARGEST_COUNT, name_fault


def name_cell(given: Any, what: str) -> str:
    """A name without spaces around it. Raises BadRow if there is none, or if no table can hold it."""
    if given is None or given == "":
        raise BadRow(f"no {what}")
    if not isinstance(given, str):
        raise BadRow(f"the {what} is no text")
    if fault := name_fault(given, what):
        raise BadRow(fault)
    return given.strip()


def whole_cell(given: Any, what: str) -> int | None:
    """A whole number from 0, which may be written as 5.0; None for an empty cell. Raises BadRow for anything else."""
    if given is None or given == "":
        return None
    try:
        number = math.nan if isinstance(given, bool) else float(given)
    except (TypeError, ValueError):
        number = math.nan
    if not (number == number // 1 and abs(number) <= LARGEST_COUNT):
        raise BadRow(f"{what} is not a whole number")
    if number < 0:
        raise BadRow(f"{what} is negative")
    return int(number)
