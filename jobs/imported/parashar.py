"""The class frequencies of Parashar et al. (arXiv 2401.12425), from a clone of shubhamprshr27/NeglectedTailsVLM.

A file `analysis/laion/{set}/metrics-{corpus}.json` has, for each class, `alternates` (captions that hold each of its
names, found by a language model), `actual_freq` (captions that hold any of them) and `relevant_total` (those of them
that the language model takes for the class's meaning, estimated from a sample). The clone has no licence: its files are
read, and nothing of them is kept beyond the user's lake.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from jobs.imported.frequency_tables import FrequencySheet, FrequencyTable, TableKey
from jobs.published.documents import count_fault, name_fault

FOLDER: Final = "analysis/laion"
UNION: Final = "parashar-union"
RELEVANT: Final = "parashar-relevant"
SYNONYM: Final = "parashar-synonym"
# Other files of these folders count classes by coarser names, or with further words in the caption.
NAME: Final = re.compile(r"metrics-(?P<corpus>LAION400M|LAION2B)\.json")
CLASSES_SHOWN: Final = 3

Faults = dict[str, list[str]]


def read_parashar(clone: Path, origin: Mapping[str, Any]) -> FrequencySheet:
    """The tables in a clone: three definitions for each set and corpus. `origin`: what the spec of each says of it."""
    tables: list[FrequencyTable] = []
    said: list[str] = []
    left_out = 0
    for file in sorted((clone / FOLDER).glob("*/metrics-*.json")):
        name = file.relative_to(clone).as_posix()
        found = NAME.fullmatch(file.name)
        if found is None:
            said.append(f"{name}: not read, as it counts coarser names, or names with further words")
            continue
        data, faults = file.read_bytes(), Faults()
        own = {**origin, "file": name, "sha256": hashlib.sha256(data).hexdigest()}
        try:
            classes = _classes(data)
        except ValueError as error:
            said.append(f"{name}: not read, as {error}")
            continue
        for definition, counts in _counts(classes, faults).items():
            if counts:
                key = TableKey(file.parent.name, found["corpus"], definition)
                tables.append(FrequencyTable(key, "text", own, counts))
        left_out += sum(map(len, faults.values()))
        said += [f"{name}: left out, as {why} ({len(names)}): {_some(names)}" for why, names in faults.items()]
    return FrequencySheet(tuple(tables), tuple(said), left_out)


def _classes(data: bytes) -> list[Mapping[str, Any]]:
    """The classes of a file. Raises ValueError if it is no JSON object of objects."""
    found = json.loads(data)
    if not isinstance(found, dict) or not all(isinstance(one, dict) for one in found.values()):
        raise ValueError("an object of classes is expected")
    return list(found.values())


def _counts(classes: list[Mapping[str, Any]], faults: Faults) -> dict[str, dict[str, int]]:
    """Captions by definition and name. Two classes of one name with other counts are both left out."""
    counts: dict[str, dict[str, int]] = {UNION: {}, RELEVANT: {}, SYNONYM: {}}
    for key, what in ((UNION, "actual_freq"), (RELEVANT, "relevant_total")):
        _fill(counts[key], ((one.get("name"), one.get(what)) for one in classes), what, faults)
    _fill(counts[SYNONYM], _alternates(classes, faults), "alternates", faults)
    return counts


def _alternates(classes: list[Mapping[str, Any]], faults: Faults) -> Iterator[tuple[Any, Any]]:
    for one in classes:
        alternates = one.get("alternates")
        if isinstance(alternates, dict):
            yield from alternates.items()
        else:
            faults.setdefault("alternates is no object", []).append(str(one.get("name")))


def _fill(counts: dict[str, int], pairs: Iterator[tuple[Any, Any]], what: str, faults: Faults) -> None:
    twice: dict[str, None] = {}
    for name, value in pairs:
        fault = name_fault(name, "class") if isinstance(name, str) else "a class has no name"
        if fault or (fault := count_fault(value)):
            faults.setdefault(f"{what}: {fault}", []).append(str(name))
        elif counts.setdefault(name, int(value)) != int(value):
            twice[name] = None
    for name in twice:
        del counts[name]
        faults.setdefault(f"{what}: two classes of this name have other counts", []).append(name)


def _some(names: list[str]) -> str:
    more = f" and {len(names) - CLASSES_SHOWN:,} more" if len(names) > CLASSES_SHOWN else ""
    return ", ".join(map(repr, names[:CLASSES_SHOWN])) + more
