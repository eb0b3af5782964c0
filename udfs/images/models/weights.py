"""Finds, checks and reads weights that the user names, without running any code in them.

A source is a local path, a URI that `pyarrow.fs` reads (s3, gs, abfs, hdfs, file) or `package:NAME/FILE`, a file of an
installed package, which is not imported. Any other source is refused: nothing is looked up in a model hub.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Mapping
from functools import lru_cache
from importlib import metadata, util
from pathlib import Path
from typing import TYPE_CHECKING, Any

from udfs.images.device.own_folder import own_folder
from udfs.setup_errors import WeightsError

if TYPE_CHECKING:
    import torch

PACKAGE = "package:"
CHUNK = 1 << 20


def resolve(source: str) -> Path:
    """The local file that `source` names; a URI is copied once to this user's folder in the temporary directory."""
    if source.startswith(PACKAGE):
        return _in_package(source)
    path = Path(source).expanduser()
    if path.is_file():
        return path
    if "://" in source:
        return _copy(source)
    raise WeightsError(
        f"no file {source!r}: name a path, a URI or package:NAME/FILE. If this is the tag or hub name of "
        "a pretrained model: nothing is downloaded here; download the file yourself and name it as weights"
    )


def weights_digest(source: str) -> str:
    """The file's sha256 as 64 hex digits. A file that has not changed is hashed once per process."""
    path = resolve(source)
    state = path.stat()
    return _digest(path, state.st_size, state.st_mtime_ns)


def load_state(source: str, sha256: str | None = None) -> dict[str, torch.Tensor]:
    """The tensors in `source` by name, on the CPU.

    The file is safetensors, or a torch file whose pickle holds only tensors and plain containers (`weights_only`). An
    enclosing {"state_dict": ...} or {"model": ...} and the prefix "module." of data-parallel training are removed.
    """
    path = resolve(source)
    check_digest(source, sha256)
    state = _tensors(_read(path))
    if not state:
        raise WeightsError(f"{source}: no tensors found in this file")
    if all(name.startswith("module.") for name in state):
        state = {name.removeprefix("module."): tensor for name, tensor in state.items()}
    return state


def check_digest(source: str, expected: str | None) -> str:
    """The digest of `source`; raises WeightsError if another one was expected."""
    found = weights_digest(source)
    if expected is not None and found != expected.strip().lower():
        raise WeightsError(f"{source}: sha256 is {found}, expected {expected}: this is not the file that was named")
    return found


def _read(path: Path) -> Any:
    import torch
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    with path.open("rb") as file:
        head = file.read(9)
    try:
        # A safetensors file begins with the length of its JSON header, followed by the header itself.
        if path.suffix == ".safetensors" or head[8:9] == b"{":
            return load_file(path)
        return torch.load(path, map_location="cpu", weights_only=True)
    except (SafetensorError, OSError) as error:
        raise WeightsError(f"{path} cannot be read as weights: {error}") from error
    except Exception as error:  # torch raises UnpicklingError, RuntimeError, EOFError, ... for a file that it refuses
        raise WeightsError(
            f"{path} is refused: it is neither safetensors nor a torch file of tensors only "
            f"({_first_line(error)}). Loading anything else could run code: save the state dict as "
            "safetensors and name that file"
        ) from error


def _tensors(content: Any) -> dict[str, torch.Tensor]:
    import torch

    for key in ("state_dict", "model"):
        if isinstance(content, Mapping) and isinstance(content.get(key), Mapping):
            content = content[key]
    if not isinstance(content, Mapping):
        return {}
    return {str(name): value for name, value in content.items() if isinstance(value, torch.Tensor)}


def _in_package(source: str) -> Path:
    name, _, wanted = source.removeprefix(PACKAGE).partition("/")
    if not name or not wanted:
        raise WeightsError(f"{source!r}: expected package:NAME/FILE, with FILE as in the package's list of files")
    files = _package_files(name)
    exact = [path for path in files if path.as_posix().endswith("/" + wanted) and path.is_file()]
    if len(exact) != 1:
        found = ", ".join(str(path) for path in exact) or "none"
        raise WeightsError(f"{source!r}: exactly one file of the package {name} must end in {wanted!r}; found {found}")
    return exact[0]


def _package_files(name: str) -> list[Path]:
    try:
        return [Path(str(file.locate())) for file in metadata.files(name) or ()]
    except metadata.PackageNotFoundError:
        spec = util.find_spec(name) if name.isidentifier() else None
    if spec is None or not spec.submodule_search_locations:
        raise WeightsError(f"no package {name!r} is installed here: install it, on every executor too")
    return [path for folder in spec.submodule_search_locations for path in Path(folder).rglob("*")]


def _copy(uri: str) -> Path:
    """Copy a remote file under a name made of its address, size and time, so that a changed file is copied again."""
    import pyarrow.fs as pafs

    from udfs.shards.uris import filesystem_and_path

    try:
        system, path = filesystem_and_path(uri)
        info = system.get_file_info(path)
    except (OSError, ValueError) as error:
        raise WeightsError(f"{uri} cannot be reached: {error}") from error
    if info.type != pafs.FileType.File:
        raise WeightsError(f"{uri}: no such file")
    version = hashlib.sha256(f"{uri} {info.size} {info.mtime_ns}".encode()).hexdigest()[:24]
    target = own_folder("weights") / version / Path(path).name
    if not target.is_file():
        target.parent.mkdir(exist_ok=True)
        with system.open_input_stream(path) as remote:
            _write_whole(remote, target)
    return target


def _write_whole(remote: Any, target: Path) -> None:
    # Several workers may fetch the same file: each writes its own copy, and the rename puts a whole one in place.
    with tempfile.NamedTemporaryFile(dir=target.parent, delete=False) as local:
        shutil.copyfileobj(remote, local, CHUNK)
    os.replace(local.name, target)


@lru_cache(maxsize=64)
def _digest(path: Path, size: int, modified: int) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
