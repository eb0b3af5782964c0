"""An image task that notes every image that goes through its models, in a file that all workers append to."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from udfs.images.batching import Found, Models
from udfs.images.task import ImageTask


@dataclass(frozen=True, eq=False)
class CountedModels(Models):
    """Models that note of how many images each forward is used."""

    note: str = ""

    def found(self, outputs: Mapping[str, Any]) -> list[Found]:
        """As the models do it, one line more in the note."""
        # A line this short is written whole, whoever else appends.
        handle = os.open(self.note, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        os.write(handle, f"{len(next(iter(outputs.values())))}\n".encode())
        os.close(handle)
        return super().found(outputs)


@dataclass(frozen=True)
class CountedTask(ImageTask):
    """The task with counted models."""

    note: str = ""

    def _models(self, device: str) -> Models:
        models = super()._models(device)
        return CountedModels(**{field.name: getattr(models, field.name) for field in fields(Models)}, note=self.note)


def forwards(note: Path) -> list[int]:
    """The sizes of all forwards so far."""
    return [int(line) for line in note.read_text().splitlines()]
