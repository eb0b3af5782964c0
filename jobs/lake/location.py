"""The location of a lake: a folder, a URI or `catalog.schema`. Only the way it is written decides which.

A folder has a slash, a URI begins with its scheme, and a name with neither is in a catalog. Each library needs another
spelling of a table: Spark takes paths literally, URIs are percent-encoded, SQL has backticks.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import quote, unquote, urlsplit

from udfs.shards.schemes import DBFS, SCHEMES, for_arrow, shown
from udfs.shards.stores import Store, store_of

CATALOG: Final = "catalog"
# The option that makes Spark's readers take a path literally and not as a pattern.
NO_PATTERN: Final = {"__globPaths__": "false"}
_NAME = r"(\w+|`(?:[^`]|``)+`)"
_SCHEMA = re.compile(rf"{_NAME}\.{_NAME}")
_SCHEME = re.compile(r"([A-Za-z][\w+.-]*):")
# Characters in the path of a table that the deltalake library (1.6) misreads or refuses.
_UNUSABLE = re.compile(r"[\[\]|^\\\x00-\x1f\x7f]|%(?=[0-9A-Fa-f]{2})")


@dataclass(frozen=True)
class Location:
    """A place for tables. `given` is as in the settings; the other fields are not percent-encoded.

    `scheme` is "file", "dbfs", one of SCHEMES, or CATALOG. `authority` is a URI's bucket or host, or the catalog;
    `path` is absolute, or the schema. `store` says how an S3 bucket is reached; None: as set up on the machine.
    """

    given: str
    scheme: str
    authority: str
    path: str
    store: Store | None = None

    def __str__(self) -> str:
        return self.given

    @property
    def is_catalog(self) -> bool:
        """Whether a catalog keeps the tables."""
        return self.scheme == CATALOG

    @property
    def is_s3(self) -> bool:
        """Whether the tables lie in an S3 bucket, where Spark's commits do not exclude one another."""
        return self.scheme in SCHEMES and SCHEMES[self.scheme].arrow == "s3"

    @property
    def schema(self) -> str:
        """The SQL name of the schema of a lake in a catalog."""
        return f"{_identifier(self.authority)}.{_identifier(self.path)}"

    @property
    def folder(self) -> Path | None:
        """The folder of the lake if it is local or mounted, else None."""
        return Path(self.path) if self.scheme == "file" else None

    def sql(self, table: str) -> str:
        """The SQL name of a table."""
        if self.is_catalog:
            return f"{self.schema}.{_identifier(table)}"
        return f"delta.{_identifier(self.spark(table))}"

    def spark(self, name: str) -> str:
        """The path of a table or folder for Spark, which takes it literally."""
        if self.scheme in ("file", "dbfs"):
            # The scheme is needed, because the default file system of a cluster is seldom local.
            return f"{self.scheme}:{self.path}/{name}"
        return f"{SCHEMES[self.scheme].spark}://{self.authority}{self.path}/{name}"

    def arrow(self, name: str) -> str:
        """The path or URI of a table or folder for `udfs.shards.uris`."""
        if self.scheme == "file":
            return f"{self.path}/{name}"
        if self.scheme == "dbfs":
            return for_arrow(self.spark(name))
        uri = for_arrow(f"{self.scheme}://{self.authority}{quote(f'{self.path}/{name}')}")
        return self.store.at(uri) if self.store else uri

    def deltalake(self, table: str) -> str | None:
        """The URI of a table for the deltalake library; None if the library cannot open it."""
        if self.scheme == "file":
            return Path(f"{self.path}/{table}").as_uri()
        scheme = SCHEMES[self.scheme].deltalake if self.scheme in SCHEMES else None
        return f"{scheme}://{self.authority}{quote(f'{self.path}/{table}')}" if scheme else None


def parse(given: str) -> Location:
    """The location that a setting names. Raises ValueError, with advice, if it is ambiguous or unusable."""
    schema = _SCHEMA.fullmatch(given)
    if schema:
        return Location(given, CATALOG, _unquoted(schema[1]), _unquoted(schema[2]))
    scheme = _SCHEME.match(given)
    if scheme:
        return _usable(_uri(given, scheme[1].lower()))
    if "/" in given:
        return _usable(Location(given, "file", "", _absolute(given)))
    raise ValueError(_unclear(given))


def both_spellings(given: str) -> str:
    """Advice on how to write a folder of that name, and how to write a schema."""
    names = [_unquoted(name) for name in given.split(".")]
    schema = ".".join(map(_identifier, names if len(names) == 2 and all(names) else ("catalog", "schema")))
    return f'write ./{given.replace("`", "")} for a folder, or "{schema}" for the schema of a catalog'


def _unclear(given: str) -> str:
    return f"'{given}' may be a folder or a catalog's: {both_spellings(given)}"


def _uri(given: str, scheme: str) -> Location:
    """The location of a URI, which is percent-encoded, or of a dbfs path, which is literal."""
    store = store_of(given) if scheme in SCHEMES else None
    given = shown(given) if store else given
    parts = urlsplit(given)
    if parts.password is not None or ("@" in parts.netloc and not scheme.startswith("abfs")):
        raise ValueError(f"{scheme}://...: a lake's URI must not hold credentials: name them in the section storage")
    if given.startswith(DBFS):
        return Location(given, "dbfs", "", "/" + given.removeprefix(DBFS).strip("/"))
    if scheme != "file" and (scheme not in SCHEMES or "://" not in given):
        known = ", ".join(("file:/", DBFS, *(f"{name}://" for name in SCHEMES)))
        raise ValueError(
            f"'{given}' looks like a URI of an unknown storage (known are {known}): for a folder, write ./ before it"
        )
    if parts.query or parts.fragment:
        raise ValueError(
            f"'{given}': in a URI ? is written %3F and # is %23; the section storage says how a store is reached"
        )
    if scheme == "file":
        return _file(given, unquote(parts.path), parts.netloc)
    if not parts.netloc and scheme not in ("hdfs", "viewfs"):
        raise ValueError(f"'{given}': the bucket or host is missing, as in {scheme}://NAME/lake")
    return Location(given, scheme, parts.netloc, unquote(parts.path).rstrip("/"), store)


def _file(given: str, path: str, host: str) -> Location:
    if host not in ("", "localhost") or not path.startswith("/"):
        raise ValueError(f"'{given}': a file URI holds an absolute path, as in {Path('lake').absolute().as_uri()}")
    return Location(given, "file", "", _absolute(path))


def _absolute(path: str) -> str:
    """The absolute path with one slash at its start. POSIX keeps two, but Spark would read a host after them."""
    return re.sub("^//+", "/", os.path.normpath(Path(path).absolute()))


def _usable(location: Location) -> Location:
    found = _UNUSABLE.search(location.path)
    if found and location.deltalake(""):
        other = _UNUSABLE.sub("_", location.path)
        raise ValueError(
            f"'{location}': Delta tables cannot lie in a path with {found[0]!r}, nor with [ ] | ^ \\, a control "
            f"character, or % before two hexadecimal digits: use another, as {other}"
        )
    return location


def _identifier(name: str) -> str:
    return f"`{name.replace('`', '``')}`"


def _unquoted(name: str) -> str:
    return name[1:-1].replace("``", "`") if name.startswith("`") else name
