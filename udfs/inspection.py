"""Inspects an executor: its Python, its libraries, its device, and whether it can read the corpora."""

from __future__ import annotations

import platform
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata

import pyarrow as pa
from pyarrow import fs

from udfs.shards.uris import filesystem_and_path

EXECUTOR = pa.schema([("host", pa.string()), ("found", pa.string()), ("problem", pa.string())])
LIBRARIES = ("pyarrow", "spacy", "torch", "open_clip_torch", "timm")


@dataclass(frozen=True)
class InspectTask:
    """Takes any batches and gives one row of EXECUTOR.

    `device` is tried if it is not None; each path must be readable.
    """

    device: str | None
    paths: tuple[str, ...]

    def __call__(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for _ in batches:
            pass
        row = {"host": socket.gethostname(), "found": self._found(), "problem": self._problem()}
        yield pa.RecordBatch.from_pylist([row], schema=EXECUTOR)

    def _found(self) -> str:
        versions = [f"python {platform.python_version()}"]
        for name in LIBRARIES:
            try:
                versions.append(f"{name} {metadata.version(name)}")
            except metadata.PackageNotFoundError:
                versions.append(f"no {name}")
        return ", ".join(versions)

    def _problem(self) -> str | None:
        for path in self.paths:
            filesystem, inside = filesystem_and_path(path)
            if filesystem.get_file_info(inside).type == fs.FileType.NotFound:
                return f"cannot read {path}: this machine does not have that path"
        if self.device is None:
            return None
        from udfs.images.device.devices import choose_device
        from udfs.setup_errors import DeviceError

        try:
            choose_device(self.device)
        except DeviceError as error:
            return str(error)
        return None
