"""The state of an executor: its Python, libraries, devices and clock, and whether it can read its inputs."""

from __future__ import annotations

import platform
import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import metadata

import pyarrow as pa
from pyarrow import fs

from udfs.images.models.weights import PACKAGE, resolve
from udfs.shards.schemes import shown
from udfs.shards.uris import filesystem_and_path

# `found` is the result of a check, `problem` the reason why it failed: one of them is null.
EXECUTOR = pa.schema([(name, pa.string()) for name in ("host", "what", "found", "problem")])
CLOCK = pa.schema([("host", pa.string()), ("time", pa.float64())])
LIBRARIES = ("pyarrow", "spacy", "torch", "open_clip_torch", "timm")
# Bytes that show whether a file can be read at all.
FIRST = 512


@dataclass(frozen=True)
class InspectTask:
    """Any batches in, rows of EXECUTOR out: one for Python, one per device that is tried, one per path that is read."""

    devices: tuple[str, ...]
    paths: tuple[str, ...]

    def __call__(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for _ in batches:
            pass
        rows = [_row("python", _versions)]
        rows += [_row(f"device {device}", lambda device=device: _device(device)) for device in self.devices]  # type: ignore[misc]
        rows += [_row(path, lambda path=path: read_first(path)) for path in self.paths]  # type: ignore[misc]
        yield pa.RecordBatch.from_pylist(rows, schema=EXECUTOR)


@dataclass(frozen=True)
class ClockTask:
    """Any batches in, one row of CLOCK out: seconds since 1970 by the executor's clock."""

    def __call__(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for _ in batches:
            pass
        yield pa.RecordBatch.from_pylist([{"host": socket.gethostname(), "time": time.time()}], schema=CLOCK)


def read_first(uri: str) -> str:
    """Read the first bytes of a file, or of a file in a folder; returns this in words.

    `uri` may also name a file in a package, as weights do. Raises OSError or ValueError if it cannot be read.
    """
    if uri.startswith(PACKAGE):
        uri = str(resolve(uri))
    filesystem, path = filesystem_and_path(uri)
    kind = filesystem.get_file_info(path).type
    if kind == fs.FileType.NotFound:
        raise FileNotFoundError("it does not exist here: name a path that every machine has, or a URI")
    while kind == fs.FileType.Directory:
        # The first file of a folder; without files, that of its first folder.
        listed = filesystem.get_file_info(fs.FileSelector(path))
        if not listed:
            return "an empty folder"
        first = min(listed, key=lambda one: (one.type != fs.FileType.File, one.path))
        kind, path = first.type, first.path
    with filesystem.open_input_stream(path) as stream:
        return f"read, first {len(stream.read(FIRST))} bytes"


def _row(what: str, look: Callable[[], str]) -> dict[str, str | None]:
    row = {"host": socket.gethostname(), "what": shown(what)}
    try:
        return {**row, "found": look(), "problem": None}
    except (OSError, ValueError, RuntimeError, ImportError) as error:
        return {**row, "found": None, "problem": shown(f"{error}")[:500] or type(error).__name__}


def _versions() -> str:
    versions = [platform.python_version()]
    for name in LIBRARIES:
        try:
            versions.append(f"{name} {metadata.version(name)}")
        except metadata.PackageNotFoundError:
            versions.append(f"no {name}")
    return ", ".join(versions)


def _device(wanted: str) -> str:
    from udfs.images.device.devices import choose_device

    chosen = choose_device(wanted).type
    if chosen != "cuda":
        return chosen
    import torch

    return f"{torch.cuda.device_count()} GPUs, the first {torch.cuda.get_device_name(0)}"
