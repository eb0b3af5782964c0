"""Reads every file of a clone as values with its digest, and lists every problem."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from jobs.published import documents
from jobs.published.clone import Clone, File
from jobs.published.documents import MisalignmentTotals, ModelScore, Notes, Unusable
from jobs.published.filenames import CountFile, EvaluationFile, Meaning, UnexpectedName, meaning
from jobs.published.layout import Kind, ReleaseLayout

Values = dict[str, int] | list[ModelScore] | MisalignmentTotals

NAMES_SHOWN = 5
_SCORES: dict[Kind, Callable[[dict[str, Any], Notes], list[ModelScore]]] = {
    "zero_shot": lambda document, notes: documents.scores(document, "classwise", notes),
    "retrieval": lambda document, notes: documents.scores(document, "conceptwise", notes),
    "t2i": lambda document, notes: documents.mean_scores(document, "classwise", notes),
}


@dataclass(frozen=True)
class FileProblem:
    """A part of a file that is left out, with the reason; `names` lists what it concerns, and is empty for the file."""

    file: str
    reason: str
    names: tuple[str, ...] = ()

    def __str__(self) -> str:
        shown = ", ".join(repr(name) for name in self.names[:NAMES_SHOWN])
        more = f" and {len(self.names) - NAMES_SHOWN} more" if len(self.names) > NAMES_SHOWN else ""
        return f"{self.file}: {self.reason}" + (f" ({len(self.names)}): {shown}{more}" if self.names else "")


@dataclass(frozen=True)
class Content:
    """A file's values and their meaning, which its name gives. There may be no values."""

    file: File
    sha256: str
    means: Meaning
    values: Values


def read_files(clone: Clone, layout: ReleaseLayout) -> tuple[list[Content], list[FileProblem]]:
    """The contents of each file of results, and the problems. If two files have the same meaning, the first is kept.

    A file that holds nothing usable gives a Content without values. Re-importing a file replaces all its earlier rows;
    if nothing in it is usable, they are deleted.
    """
    contents: dict[Meaning, Content] = {}
    problems: list[FileProblem] = []
    for file in clone.files:
        try:
            means = meaning(file.kind, file.path.name, layout)
            if means in contents:
                raise Unusable(f"has the same meaning as {contents[means].file.name}, which is kept")
            data = file.path.read_bytes()
        except (UnexpectedName, Unusable) as reason:
            problems.append(FileProblem(file.name, str(reason)))
        except OSError as error:
            problems.append(FileProblem(file.name, f"cannot be read ({error.strerror})"))
        else:
            contents[means] = _content(file, means, data, problems)
    return list(contents.values()), problems


def _content(file: File, means: Meaning, data: bytes, problems: list[FileProblem]) -> Content:
    notes = Notes()
    values: Values = {}
    try:
        values = _values(means, documents.read(data, notes), notes)
    except Unusable as reason:
        problems.append(FileProblem(file.name, str(reason)))
    problems += [FileProblem(file.name, reason, tuple(names)) for reason, names in notes.left_out.items()]
    return Content(file, hashlib.sha256(data).hexdigest(), means, values)


def _values(means: Meaning, document: dict[str, Any], notes: Notes) -> Values:
    if isinstance(means, CountFile):
        return documents.counts(document, notes)
    if isinstance(means, EvaluationFile):
        return _SCORES[means.kind](document, notes)
    return documents.misalignment(document, notes)
