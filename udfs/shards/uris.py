"""Opens shards by `pyarrow.fs`: local paths and s3, gs, abfs, hdfs URIs, also in Hadoop's spellings such as s3a."""

from __future__ import annotations

import gzip
import io
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any, BinaryIO, cast
from urllib.parse import quote, unquote, urlsplit, urlunsplit

from pyarrow import fs

from udfs.shards.patience import opened
from udfs.shards.schemes import for_arrow, shown
from udfs.shards.stores import bucket, store_of

GZIP_MAGIC = b"\x1f\x8b"
CHUNK = 1 << 20


def is_local(uri: str) -> bool:
    """Whether a read of `uri` is a system call and not a request over the network."""
    return "://" not in uri or uri.startswith("file:")


def is_plain(uri: str) -> bool:
    """Whether `uri` is a plain path of the file system, in which nothing is percent-encoded."""
    return "://" not in uri and not uri.startswith("file:")


@lru_cache(maxsize=256)
def filesystem_and_path(uri: str) -> tuple[Any, str]:
    """The `pyarrow.fs.FileSystem` of `uri` and the path in it. A name without a scheme is a local path.

    Raises ValueError for a scheme that pyarrow does not read, and PermissionError if this machine lacks the
    credentials that the URI names.
    """
    if uri.startswith("file:"):
        return fs.LocalFileSystem(), unquote(urlsplit(uri).path)
    uri = for_arrow(uri)
    if is_local(uri):
        return fs.LocalFileSystem(), uri
    parts = urlsplit(uri)
    if parts.scheme in ("s3", "gs") and parts.path:
        # One filesystem per bucket: each has its own connections.
        filesystem, root = filesystem_and_path(urlunsplit(parts._replace(path="", fragment="")))
        return filesystem, f"{root.rstrip('/')}{unquote(parts.path)}"
    store = store_of(uri)
    if store:
        return store.filesystem(), bucket(uri)
    try:
        filesystem, path = fs.FileSystem.from_uri(uri)
    except ValueError as error:
        raise ValueError(
            f"cannot read {shown(uri)}: {error}; use an s3, gs, abfs or hdfs URI, or a local or mounted path"
        ) from error
    return filesystem, path


def open_shard(uri: str) -> Any:
    """`uri` as a seekable `pyarrow.NativeFile`. Raises OSError when it is missing or unreadable."""
    filesystem, path = filesystem_and_path(uri)
    return opened(filesystem, path) if filesystem.type_name == "s3" else filesystem.open_input_file(path)


def join(root: str, name: str) -> str:
    """The URI of `name` (a relative path, not percent-encoded) under `root`; "." is the root itself."""
    if name == ".":
        return root
    if is_plain(root):
        return f"{root.rstrip('/')}/{name}"
    parts = urlsplit(root)
    return urlunsplit(parts._replace(path=f"{parts.path.rstrip('/')}/{quote(name)}"))


def spelled(info: fs.FileInfo) -> tuple[str, bool]:
    """A listed file's path, and whether it is UTF-8; Arrow opens no other. Other bytes are shown with backslashes."""
    try:
        return info.path, True
    except UnicodeDecodeError as error:
        return error.object.decode(errors="backslashreplace"), False


def is_gzip(file: Any) -> bool:
    """Whether a seekable file is gzip by its first bytes, whatever its name; it is set back to its start."""
    magic = file.read(len(GZIP_MAGIC))
    file.seek(0)
    return bool(magic == GZIP_MAGIC)


def gunzipped(file: Any) -> gzip.GzipFile:
    """The uncompressed stream of an open file; a seek forwards reads everything in between."""
    return gzip.GzipFile(fileobj=cast(BinaryIO, io.BufferedReader(file, CHUNK)), mode="rb")


@contextmanager
def open_stream(uri: str) -> Iterator[io.BufferedIOBase]:
    """Open `uri` for reading from start to end; gzip is uncompressed."""
    with open_shard(uri) as file:
        yield gunzipped(file) if is_gzip(file) else io.BufferedReader(file, CHUNK)
