"""Reads the published results in a folder: rows for the tables, concept lists, problems, and absent files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from jobs.published.clone import Absent, absent, find
from jobs.published.concept_lists import read_list
from jobs.published.contents import FileProblem, read_files
from jobs.published.layout import ReleaseLayout
from jobs.published.parts import Part, make_parts


@dataclass(frozen=True)
class Results:
    """Parts and lists to import, with problems and absent files; `files` counts the files that gave rows, by kind."""

    files: Mapping[str, int]
    parts: Sequence[Part]
    lists: Mapping[str, Sequence[str]]
    problems: Sequence[FileProblem]
    absent: Sequence[Absent]

    @property
    def rows(self) -> dict[str, int]:
        """The number of rows by kind, and of names in list files."""
        found: Counter[str] = Counter()
        for part in self.parts:
            found[part.body["kind"]] += part.rows
        found["lists"] = sum(len(names) for names in self.lists.values())
        return {kind: rows for kind, rows in found.items() if rows}


def read_results(path: Path, layout: ReleaseLayout) -> Results:
    """Read everything below `path`. Raises SettingsError if there is nothing, or a file in two versions."""
    clone = find(path, layout)
    contents, problems = read_files(clone, layout)
    files: Counter[str] = Counter(content.file.kind for content in contents if content.values)
    lists = {}
    for name, file in clone.lists.items():
        lists[name], more = read_list(file)
        problems += more
    files["lists"] = sum(bool(names) for names in lists.values())
    return Results(
        files={kind: count for kind, count in files.items() if count},
        parts=make_parts(contents, layout),
        lists={name: names for name, names in lists.items() if names},
        problems=problems,
        absent=absent(clone, layout),
    )
