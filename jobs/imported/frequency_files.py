"""A CSV or Parquet file of frequencies, row by row checked: what is used, what is left out, what makes it unusable.

A row that says nothing usable is left out and reported with its line. A file whose rows contradict each other is
refused as a whole, because nobody can tell which of them is right.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from jobs.imported.cells import name_cell, whole_cell
from jobs.imported.frequency_tables import FrequencySheet, FrequencyTable, TableKey
from jobs.imported.row_files import BadRow, Cells, RowFile, read_row_file, shown_numbers

REQUIRED: Final = ("set", "concept", "corpus", "definition", "frequency")
OPTIONAL: Final = ("search", "samples", "provenance")
SEARCHES: Final = ("text", "image", "integrated")


def read_frequency_file(path: str) -> RowFile:
    """The file at a path or URI. Raises SettingsError if it cannot be read, is empty, or lacks a column of REQUIRED."""
    return read_row_file(path, "frequencies", REQUIRED, OPTIONAL)


def check_frequencies(file: RowFile) -> FrequencySheet:
    """The tables of a file. Raises SettingsError, with the numbers of the rows, for rows that contradict each other."""
    checked = _Checked(file)
    faults: dict[str, list[int]] = {}
    for number, cells in file.rows():
        try:
            if isinstance(cells, BadRow):
                raise cells
            checked.add(number, cells)
        except BadRow as reason:
            faults.setdefault(str(reason), []).append(number)
    said = tuple(f"left out, as {why}: {shown_numbers(file.counted_in, numbers)}" for why, numbers in faults.items())
    tables = tuple(checked.tables[key] for key in sorted(checked.tables))
    return FrequencySheet(tables, said, sum(map(len, faults.values())), checked.repeated)


class _Checked:
    """The rows so far, and where each was, so that a contradiction can name both places."""

    def __init__(self, file: RowFile) -> None:
        self.file = file
        self.tables: dict[TableKey, FrequencyTable] = {}
        self.places: dict[tuple[TableKey, str], int] = {}
        self.said: dict[tuple[TableKey, str], tuple[Any, int]] = {}
        self.repeated = 0

    def add(self, number: int, cells: Cells) -> None:
        """Add a row. Raises BadRow if it cannot be used, and SettingsError if an earlier one contradicts it."""
        of_set, concept, corpus, definition = map(name_cell, cells[:4], REQUIRED)
        frequency, samples = whole_cell(cells[4], "frequency"), whole_cell(cells[6], "samples")
        search, key = _search(cells[5]), TableKey(of_set, corpus, definition)
        if frequency is None:
            raise BadRow("no frequency")
        if samples is not None and frequency > samples:
            raise BadRow("the frequency is above the samples that were searched")
        meaning = {"search": search, "samples": samples, "provenance": str(cells[7] or "")}
        self._agree(key, number, meaning)
        origin = {"file": self.file.name, "sha256": self.file.sha256, "provenance": meaning["provenance"]}
        table = self.tables.setdefault(key, FrequencyTable(key, search, origin, samples=samples))
        first = self.places.setdefault((key, concept), number)
        if first != number:
            if (was := table.frequency[concept]) != frequency:
                named = f"{', '.join((of_set, concept, corpus, definition))}: {was}"
                raise self.file.contradiction(named, first, str(frequency), number)
            self.repeated += 1
        table.frequency[concept] = frequency

    def _agree(self, key: TableKey, number: int, meaning: Mapping[str, Any]) -> None:
        for what, value in meaning.items():
            was, first = self.said.setdefault((key, what), (value, number))
            if was != value:
                named = f"{', '.join(key)}: {what} is {was or 'empty'}"
                raise self.file.contradiction(named, first, str(value or "empty"), number)


def _search(given: Any) -> str:
    if given is None or given == "":
        return "text"
    if given not in SEARCHES:
        raise BadRow(f"the search is none of {', '.join(SEARCHES)}")
    return str(given)
