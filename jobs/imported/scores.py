"""The scores of a file, row by row checked: what is used, what is left out, and what makes the file unusable.

A row that says nothing usable is left out and reported. A file whose rows contradict each other is refused as a whole,
because nobody can tell which of them is right.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from jobs.errors import SettingsError
from jobs.imported.cells import name_cell, whole_cell
from jobs.imported.row_files import BadRow, Cells, RowFile
from jobs.imported.score_files import REQUIRED

# The largest value of each unit.
UNITS: Final[Mapping[str, float]] = {"share": 1.0, "percent": 100.0, "score": math.inf}
TRUTHS: Final = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}

# (set, metric) -> (model, concept) -> (value, samples)
Values = dict[tuple[str, str], dict[tuple[str, str], tuple[float, int | None]]]


@dataclass(frozen=True)
class MetricMeaning:
    """What all values of a metric are: their unit, and whether a higher one is the better one."""

    unit: str
    higher_is_better: bool


@dataclass
class ScoreSheet:
    """The usable values of a file, the meaning of each metric, repeated rows, and the lines or rows left out."""

    values: Values = field(default_factory=dict)
    metrics: dict[str, MetricMeaning] = field(default_factory=dict)
    repeated: int = 0
    faults: dict[str, list[int]] = field(default_factory=dict)

    @property
    def rows(self) -> int:
        """The number of usable values."""
        return sum(len(found) for found in self.values.values())

    @property
    def left_out(self) -> int:
        """The number of rows without a usable value."""
        return sum(len(numbers) for numbers in self.faults.values())


def check_scores(file: RowFile) -> ScoreSheet:
    """The scores of a file. Raises SettingsError, with the numbers of the rows, for rows that contradict each other."""
    scores, said = ScoreSheet(), _Said(file)
    for number, cells in file.rows():
        try:
            if isinstance(cells, BadRow):
                raise cells
            _add(scores, said, number, cells)
        except BadRow as reason:
            scores.faults.setdefault(str(reason), []).append(number)
    for metric, (least, most) in said.ranges.items():
        given, higher = said.units.get(metric), said.directions.get(metric)
        unit = given[0] if given else "share" if _fits(least, most, "share") else "score"
        if not _fits(least, most, unit):
            raise SettingsError(f"{file.name}: metric {metric}: values from {least:g} to {most:g} are no {unit}")
        scores.metrics[metric] = MetricMeaning(unit, higher[0] if higher else True)
    return scores


def _fits(least: float, most: float, unit: str) -> bool:
    return unit == "score" or (least >= 0 and most <= UNITS[unit])


class _Said:
    """What the rows so far say of each metric and key, and where, so that a contradiction can name both places."""

    def __init__(self, file: RowFile) -> None:
        self.file = file
        self.units: dict[str, tuple[str, int]] = {}
        self.directions: dict[str, tuple[bool, int]] = {}
        self.ranges: dict[str, tuple[float, float]] = {}
        self.places: dict[tuple[str, str, str, str], int] = {}

    def agree(self, known: dict[Any, tuple[Any, int]], metric: str, value: Any, number: int, what: str) -> None:
        """Raise SettingsError if an earlier row says otherwise of the metric."""
        first = known.setdefault(metric, (value, number))
        if first[0] != value:
            raise self.file.contradiction(f"metric {metric}: {what} is {first[0]}", first[1], f"{value}", number)


def _add(scores: ScoreSheet, said: _Said, number: int, cells: Cells) -> None:
    of_set, concept, model, metric = map(name_cell, cells[:4], REQUIRED)
    value, samples, higher, unit = _value(cells[4]), whole_cell(cells[5], "samples"), _truth(cells[6]), _unit(cells[7])
    if higher is not None:
        said.agree(said.directions, metric, higher, number, "higher_is_better")
    if unit is not None:
        said.agree(said.units, metric, unit, number, "the unit")
    key, found = (of_set, concept, model, metric), scores.values.setdefault((of_set, metric), {})
    first = said.places.setdefault(key, number)
    if first != number:
        was = found[model, concept]
        if was != (value, samples):
            named = f"{', '.join(key)}: {_words(*was)}"
            raise said.file.contradiction(named, first, _words(value, samples), number)
        scores.repeated += 1
    found[model, concept] = (value, samples)
    least, most = said.ranges.get(metric, (value, value))
    said.ranges[metric] = (min(least, value), max(most, value))


def _words(value: float, samples: int | None) -> str:
    return f"{value:g}" if samples is None else f"{value:g} over {samples} samples"


def _value(given: Any) -> float:
    try:
        value = math.nan if given is None or isinstance(given, bool) else float(given)
    except (TypeError, ValueError):
        value = math.nan
    if not math.isfinite(value):
        raise BadRow("the value is not a number")
    return value


def _truth(given: Any) -> bool | None:
    if given is None or given == "" or isinstance(given, bool):
        return given if isinstance(given, bool) else None
    if str(given).lower() not in TRUTHS:
        raise BadRow("higher_is_better is neither true nor false")
    return TRUTHS[str(given).lower()]


def _unit(given: Any) -> str | None:
    if given is None or given == "":
        return None
    if given not in UNITS:
        raise BadRow(f"the unit is none of {', '.join(UNITS)}")
    return str(given)
