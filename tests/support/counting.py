"""Image tasks that note what they do in a file that all workers append to: every forward, or every load of a model."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from udfs.images.models import weights
from udfs.images.running.loaded_models import ImageFindings, Models
from udfs.images.task import ImageTask


@dataclass(frozen=True, eq=False)
class CountedModels(Models):
    """Models that note of how many images each forward is used."""

    note: str = ""

    def found(self, outputs: Mapping[str, Any]) -> list[ImageFindings]:
        """As the models do it, one line more in the note."""
        append(self.note, f"{len(next(iter(outputs.values())))}")
        return super().found(outputs)


@dataclass(frozen=True)
class CountedTask(ImageTask):
    """The task with counted models."""

    note: str = ""

    def _models(self, device: str) -> Models:
        models = super()._models(device)
        return CountedModels(**{field.name: getattr(models, field.name) for field in fields(Models)}, note=self.note)


@dataclass(frozen=True)
class LoadingTask(ImageTask):
    """The task, which notes its worker's process each time that it runs and each time that it reads weights."""

    note: str = ""

    def _models(self, device: str) -> Models:
        append(self.note, f"{os.getpid()} task")
        with noted_loads(self.note):
            return super()._models(device)


@contextmanager
def noted_loads(note: str) -> Iterator[None]:
    """While this is open, each reading of weights is noted with the process."""
    load_state = weights.load_state

    def noted(*arguments: Any) -> Any:
        append(note, f"{os.getpid()} load")
        return load_state(*arguments)

    weights.load_state = noted
    try:
        yield
    finally:
        weights.load_state = load_state


def append(note: str, line: str) -> None:
    """A line more in the note. One this short is written whole, whoever else appends."""
    handle = os.open(note, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(handle, f"{line}\n".encode())
    os.close(handle)


def forwards(note: Path) -> list[int]:
    """The sizes of all forwards so far."""
    return [int(line) for line in note.read_text().splitlines()]
