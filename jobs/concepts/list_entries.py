"""Concepts that a list defines by more than a name, as its file has them: each entry with its place and its values.

A file defines concepts if one of its keys or columns is one of MARKS. Then every key is checked by name, so that none
is misread; any other file is a list of names.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import yaml

# What stands between the names of one cell of a table.
BETWEEN: Final = "|"
MARKS: Final = frozenset({"any", "all", "none", "roll_up"})
# WordNet's id of a concept is for `conceptfreq expand`: a count does not use it.
SYNSET: Final = "synset"
KEYS: Final = MARKS | {"parent", SYNSET}


@dataclass(frozen=True)
class Entry:
    """One concept of a file: its place there, its name, and the values of each key; no value is empty."""

    where: str
    name: str
    values: Mapping[str, tuple[str, ...]]


def defines(keys: Iterable[str]) -> bool:
    """Whether these keys or columns define concepts."""
    return not MARKS.isdisjoint(keys)


def item_entries(names: Sequence[str], items: Sequence[Mapping[str, Any]], text: str | None) -> list[Entry]:
    """The entries of a list: the name of each, and what else it has.

    text: the file, if it is YAML, for the lines of the items. Raises ValueError, which names the place.
    """
    places = [f"item {number}" for number in range(len(items))] if text is None else _lines(text)
    entries = []
    for where, name, item in zip(places, names, items, strict=True):
        values = {key: _values(where, key, value) for key, value in item.items()}
        entries.append(_entry(where, name, values))
    return entries


def row_entries(rows: Iterable[tuple[int, Sequence[str]]], header: Sequence[str], index: int) -> list[Entry]:
    """The entries of a table's rows, with their lines; `index` is the column of the names. Raises ValueError."""
    entries = []
    for line, row in rows:
        cells = zip(header, row, strict=False)
        others = {
            key: cell.split(BETWEEN) if cell.strip() else [] for at, (key, cell) in enumerate(cells) if at != index
        }
        values = {key: _values(f"line {line}", key, value) for key, value in others.items()}
        entries.append(_entry(f"line {line}", row[index] if index < len(row) else "", values))
    return entries


def _entry(where: str, name: str, values: Mapping[str, tuple[str, ...]]) -> Entry:
    if not name.strip():
        raise ValueError(f"{where}: a concept without a name")
    for key in values:
        if key not in KEYS:
            raise ValueError(f"{where}: '{key}' is no key of a definition: there are {', '.join(sorted(KEYS))}")
    return Entry(where, name.strip(), {key: held for key, held in values.items() if held})


def _values(where: str, key: str, value: Any) -> tuple[str, ...]:
    """The names under one key: a list of them, or a single one."""
    given = value if isinstance(value, list) else [value] if value != "" else []
    names = tuple(one.strip() if isinstance(one, str) else one for one in given)
    for name in names:
        if not isinstance(name, str) or not name:
            raise ValueError(f"{where}: '{key}' has {name!r}, where a name is expected")
    return names


def _lines(text: str) -> list[str]:
    """The place of each item of a list in YAML. Raises ValueError for a key that an item has twice."""
    found = yaml.compose(text, getattr(yaml, "CBaseLoader", yaml.BaseLoader))
    assert isinstance(found, yaml.SequenceNode)
    for item in found.value:
        keys = [key.value for key, _ in item.value] if isinstance(item, yaml.MappingNode) else []
        for number, key in enumerate(keys):
            if key in keys[:number]:
                raise ValueError(f"line {item.value[number][0].start_mark.line + 1}: '{key}' stands twice in an entry")
    return [f"line {item.start_mark.line + 1}" for item in found.value]
