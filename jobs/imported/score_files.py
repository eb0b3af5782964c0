"""A file of scores: its columns, and the rows in it."""

from __future__ import annotations

from typing import Final

from jobs.imported.row_files import RowFile, read_row_file

REQUIRED: Final = ("set", "concept", "model", "metric", "value")
OPTIONAL: Final = ("samples", "higher_is_better", "unit")


def read_score_file(path: str) -> RowFile:
    """The file at a path or URI. Raises SettingsError if it cannot be read, is empty, or lacks a column of REQUIRED."""
    return read_row_file(path, "scores", REQUIRED, OPTIONAL)
