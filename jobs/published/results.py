"""What a folder holds of the published results: rows for the tables, concept lists, problems, and what is absent."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from jobs.published.clone import find
from jobs.published.contents import FileProblem, read_files
from jobs.published.expected import Absent, absent
from jobs.published.layout import ReleaseLayout
from jobs.published.lists import read_list
from jobs.published.parts import Part, make_parts


@dataclass(frozen=True)
class Results:
    """Parts and lists to import; `files` are those that gave rows, by kind; problems and absent files are listed."""

    files: Mapping[str, int]
    parts: Sequence[Part]
    lists: Mapping[str, Sequence[str]]
    problems: Sequence[FileProblem]
    absent: Sequence[Absent]

    @property
    def rows(self) -> dict[str, int]:
        """Rows of the tables by kind, and names in list files."""
        found: Counter[str] = Counter()
        for part in self.parts:
            found[part.body["kind"]] += part.rows
        found["lists"] = sum(len(names) for names in self.lists.values())
        return {kind: rows for kind, rows in found.items() if rows}


def read_results(path: Path, layout: ReleaseLayout) -> Results:
    """Read all that is below `path`. Raises SettingsError if that is nothing, or one thing in two versions."""
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
