"""Files that the authors have published, by the layout, and that are not there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

from jobs.published.clone import Clone
from jobs.published.layout import Expected, ReleaseLayout

SET = "set"


@dataclass(frozen=True)
class Absent:
    """Files whose names differ in the set only: the name with `{set}` in it, and the sets. None: the one file."""

    file: str
    sets: tuple[str, ...] = ()

    @property
    def files(self) -> list[str]:
        """Every name."""
        return [self.file.replace("{set}", name) for name in self.sets] or [self.file]

    def __str__(self) -> str:
        return self.file + (f" for {', '.join(self.sets)}" if self.sets else "")


def absent(clone: Clone, layout: ReleaseLayout) -> list[Absent]:
    """What is expected and not there, whether or not what is there can be used."""
    there = {file.name for file in clone.files}
    found = []
    for expected in layout.expected:
        for file in _files(expected):
            missing = tuple(one for one in expected.values.get(SET, []) if file.replace("{set}", one) not in there)
            if missing or (SET not in expected.values and file not in there):
                found.append(Absent(file, missing))
    found += [Absent(file) for name, file in layout.lists.items() if name not in clone.lists]
    return found


def _files(expected: Expected) -> Iterator[str]:
    """Names with every placeholder but the set's filled in."""
    keys = [key for key in expected.values if key != SET]
    for values in product(*(expected.values[key] for key in keys)):
        name = expected.file
        for key, value in zip(keys, values, strict=True):
            name = name.replace(f"{{{key}}}", value)
        yield name
