"""The concept lists of the published results, and their membership in the table of concepts.

The list of a downstream set consists of the concepts that have counts. Membership is derived from the table of counts,
where sets that were not read now are as an earlier import left them. If a list file was not read now, its list stays.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from jobs.lake.lake import Lake
from jobs.published.contents import FileProblem
from jobs.published.documents import name_fault
from jobs.published.parts import STAGE


def read_list(path: Path) -> tuple[list[str], list[FileProblem]]:
    """The names of a list file, one per line, with or without quotes, each once; other lines are problems."""
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        return [], [FileProblem(path.name, f"cannot be read: {error}")]
    names: dict[str, None] = {}
    left_out: dict[str, list[str]] = {}
    for line in filter(None, (line.strip() for line in lines)):
        name = _unquoted(line)
        fault = "not a name" if name is None else name_fault(name, "concept")
        if fault is None and name in names:
            fault = "given twice"
        if fault or name is None:
            left_out.setdefault(str(fault), []).append(line)
        else:
            names[name] = None
    problems = [FileProblem(path.name, reason, tuple(found)) for reason, found in left_out.items()]
    return list(names), problems if names or problems else [FileProblem(path.name, "the file is empty")]


def _unquoted(line: str) -> str | None:
    if not line.startswith('"'):
        return line
    try:
        return str(json.loads(line))
    except ValueError:
        return None


def concept_rows(
    lake: Lake, published: Mapping[str, Iterable[str]], gone: Iterable[str], own: Iterable[str]
) -> list[dict[str, Any]] | None:
    """The rows of table `concepts` with the published lists in them; None if they are there already.

    `published` are the lists that were read from files, `gone` the sets that an earlier import knew, `own` the lists of
    the settings. If a list has the same name as one of `own`, no concept is taken from it.
    """
    members: dict[str, set[str]] = {name: set(names) for name, names in published.items()}
    for name, concept, spec in lake.distinct("concept_counts", "list", "concept", "spec"):
        # Own counts have no list, and a table of another group makes none.
        if name is not None and spec.startswith(f"{STAGE}-"):
            members.setdefault(name, set()).add(concept)
    replaced = {*members, *gone} - set(own)
    stored = {row["concept"]: row for row in lake.rows("concepts")}
    lists = {name: {one for one in row["lists"] if one not in replaced} for name, row in stored.items()}
    for one_list, names in members.items():
        for name in names:
            lists.setdefault(name, set()).add(one_list)
    blank = {"definition": None, "terms": None, "unanswerable": None}
    # A name that only definitions use is on no list, and stays.
    used = {name for name, row in stored.items() if not row["lists"]}
    rows = {
        name: {**stored.get(name, {**blank, "concept": name}), "lists": sorted(lists[name])}
        for name in sorted(lists)
        if lists[name] or name in used
    }
    same = {name: row["lists"] for name, row in rows.items()} == {name: row["lists"] for name, row in stored.items()}
    return None if same else list(rows.values())
