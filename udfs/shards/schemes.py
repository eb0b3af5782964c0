"""The spellings of a URI's scheme in each library that opens it: Spark (through Hadoop), Arrow, and deltalake."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

# Databricks' own file system: Spark reads it under this prefix, every other library as a mounted folder.
DBFS: Final = "dbfs:/"


@dataclass(frozen=True)
class Scheme:
    """One kind of storage; `deltalake` is None if that library cannot open it."""

    spark: str
    arrow: str
    deltalake: str | None


_S3 = Scheme("s3a", "s3", "s3")

SCHEMES: Final = {
    "s3": _S3,
    "s3a": _S3,
    "s3n": _S3,
    "gs": Scheme("gs", "gs", "gs"),
    "abfs": Scheme("abfs", "abfs", "abfs"),
    "abfss": Scheme("abfss", "abfss", "abfss"),
    "hdfs": Scheme("hdfs", "hdfs", None),
    "viewfs": Scheme("viewfs", "viewfs", None),
}


# In the place of a user, a URI of the settings describes how its store is reached (udfs.shards.stores).
_USER: Final = re.compile(r"\b(s3[an]?://)[^/@\s\"']*@")


def shown(text: str) -> str:
    """A text with the S3 URIs in it as users write them, for messages and tables."""
    return _USER.sub(r"\1", text)


def for_arrow(uri: str) -> str:
    """`uri` in Arrow's spelling, from any of the spellings; a local path stays as it is."""
    if uri.startswith(DBFS):
        path = "/" + uri.removeprefix(DBFS).lstrip("/")
        return path if path.startswith("/Volumes/") else f"/dbfs{path}"
    scheme, separator, rest = uri.partition("://")
    return f"{SCHEMES[scheme].arrow}{separator}{rest}" if separator and scheme in SCHEMES else uri
