"""The public tables of frequencies that are read from a clone: which one a folder is, and what it says of itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

from jobs.errors import SettingsError
from jobs.imported import parashar, wen
from jobs.imported.frequency_tables import FrequencySheet
from jobs.imported.git_commit import commit_of


class PublicTable(NamedTuple):
    """A repository of tables: the folder that its clones have, and the function that reads one."""

    repository: str
    folder: str
    read: Callable[[Path, Mapping[str, Any]], FrequencySheet]


PUBLIC_TABLES: Final = (
    PublicTable("CVMI-Lab/clip-beyond-tail", wen.FOLDER, wen.read_wen),
    PublicTable("shubhamprshr27/NeglectedTailsVLM", parashar.FOLDER, parashar.read_parashar),
)


def read_clone(clone: Path) -> FrequencySheet:
    """The tables of a clone. Raises SettingsError if it is of no repository that is known."""
    for known in PUBLIC_TABLES:
        if (clone / known.folder).is_dir():
            return known.read(clone, {"repository": known.repository, "commit": commit_of(clone)})
    wanted = " or ".join(f"{one.folder} ({one.repository})" for one in PUBLIC_TABLES)
    raise SettingsError(
        f"{clone}: a folder that is no clone of a known table of frequencies: looked for {wanted}; "
        "name a CSV or Parquet file instead (docs/tables.md)"
    )
