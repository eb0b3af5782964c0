"""Definitions from the entries of a list. What contradicts itself, or leads nowhere, is refused with its place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from jobs.concepts.definitions import KEYS, Definition
from jobs.concepts.list_entries import Entry
from udfs.text.spellings import spelling

ROLL_UP: Final = {"true": True, "false": False}


def definitions_of(entries: Sequence[Entry]) -> dict[str, Definition]:
    """The definition of each concept that is more than its name. Raises ValueError, which names the line or item."""
    by_name: dict[str, Entry] = {}
    for entry in entries:
        if entry.name in by_name:
            raise ValueError(f"{entry.where}: '{entry.name}' is defined twice, first on {by_name[entry.name].where}")
        by_name[entry.name] = entry
        _check_names(entry)
    children = _children(by_name)
    own = {name: _own(entry) for name, entry in by_name.items()}
    found = {}
    for name, entry in by_name.items():
        below = tuple(own[one] for one in _below(name, children)) if _rolls_up(entry) else ()
        if _rolls_up(entry) and not below:
            raise ValueError(f"{entry.where}: '{name}' rolls up, but no concept of the list has it as `parent`")
        found[name] = Definition(name, own[name].aliases, own[name].required, own[name].excluded, below)
    return {name: one for name, one in found.items() if not one.is_plain}


def _own(entry: Entry) -> Definition:
    aliases, required, excluded = (entry.values.get(key, ()) for key in KEYS)
    return Definition(entry.name, aliases, required, excluded)


def _check_names(entry: Entry) -> None:
    """Raise ValueError if a name stands twice in an entry, however it is spelled."""
    said = {spelling(entry.name): "the concept's own name"}
    for key in KEYS:
        for name in entry.values.get(key, ()):
            if spelling(name) in said:
                raise ValueError(f"{entry.where}: '{name}' under `{key}` is {said[spelling(name)]} already")
            said[spelling(name)] = f"under `{key}`"


def _rolls_up(entry: Entry) -> bool:
    [said] = _one(entry, "roll_up") or ["false"]
    if said.lower() not in ROLL_UP:
        raise ValueError(f"{entry.where}: `roll_up` is true or false, not '{said}'")
    return ROLL_UP[said.lower()]


def _one(entry: Entry, key: str) -> tuple[str, ...]:
    values = entry.values.get(key, ())
    if len(values) > 1:
        raise ValueError(f"{entry.where}: `{key}` has one value, not {len(values)}")
    return values


def _children(by_name: Mapping[str, Entry]) -> dict[str, list[str]]:
    """The concepts whose `parent` each one is. Raises ValueError for a parent that is not there, and for a cycle."""
    children: dict[str, list[str]] = {}
    for name, entry in by_name.items():
        for parent in _one(entry, "parent"):
            if parent not in by_name:
                raise ValueError(f"{entry.where}: the parent '{parent}' of '{name}' is no concept of the list")
            children.setdefault(parent, []).append(name)
    parents = {name: parent for parent, names in children.items() for name in names}
    for name, entry in by_name.items():
        seen, above = {name}, parents.get(name)
        while above is not None and above not in seen:
            seen.add(above)
            above = parents.get(above)
        if above == name:
            raise ValueError(f"{entry.where}: '{name}' is below itself: follow `parent` from it")
    return children


def _below(name: str, children: Mapping[str, Sequence[str]]) -> Iterator[str]:
    waiting = list(children.get(name, ()))
    while waiting:
        one = waiting.pop(0)
        yield one
        waiting += children.get(one, ())
