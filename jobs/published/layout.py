"""conf/published.yaml: the authors' names of folders, corpora and files, and the list of files that they published."""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import Literal

from pydantic import Field

from jobs.settings.conf_files import conf_file
from jobs.settings.settings import Settings
from jobs.settings.strict import Strict, read_section

Kind = Literal["search_counts", "zero_shot", "retrieval", "t2i", "misalignment"]
# The kinds of folders that hold evaluations of a set.
TASKS: tuple[Kind, ...] = ("zero_shot", "retrieval")


class Expected(Strict):
    """Expected files: a name (with its folder) with `{placeholders}`, and the values of each placeholder."""

    file: str
    values: dict[str, list[str]] = {}


class MisalignmentDefaults(Strict):
    """The values that files of misalignment do not contain."""

    threshold: float = Field(gt=0, lt=1)


class ReleaseLayout(Strict):
    """The layout of the authors' repository. `folders` are ends of paths: `a/b` is a folder b in any folder a."""

    folders: dict[Kind, list[str]]
    corpora: list[str] = Field(min_length=1)
    lists: dict[str, str] = Field(default={}, description="name of a concept list -> name of its file")
    misalignment: MisalignmentDefaults
    name_fixes: dict[str, dict[str, str]] = Field(
        default={}, description="set -> a concept's name in the evaluations -> its name in the counts"
    )
    expected: list[Expected] = []


def load_layout(settings: Settings) -> ReleaseLayout:
    """The layout that the settings name, else conf/published.yaml. Raises SettingsError if it cannot be used."""
    named = settings.published.layout
    path = Path(named) if named else conf_file("published.yaml", "published: {layout: FOLDER/published.yaml}")
    return read_section(ReleaseLayout, path, "published.layout")


def name_fixes(settings: Settings) -> dict[str, dict[str, str]]:
    """Set -> a concept's name in the evaluations -> its name in the counts, to pair the two.

    Raises SettingsError if the layout that holds them cannot be read.
    """
    return load_layout(settings).name_fixes


def tasks(layout: ReleaseLayout) -> dict[str, str]:
    """Set -> zero_shot or retrieval, for the sets whose evaluations the layout expects."""
    found: dict[str, str] = {}
    for expected in layout.expected:
        folder = str(PurePosixPath(expected.file).parent)
        for task in TASKS:
            if folder in layout.folders.get(task, []):
                found.update(dict.fromkeys(expected.values.get("set", []), task))
    return found
