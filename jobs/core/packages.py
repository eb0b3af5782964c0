"""The packages that Spark fetches when it starts, and one process at a time that fetches them.

Spark resolves packages by Ivy, whose cache two processes spoil if they fill it at once: one of them finds a file
"not found" that the other is just writing, and does not start. Two first runs on a new machine would do that.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

log = logging.getLogger(__name__)

# Where Spark 4's Ivy keeps its cache and its jars, unless spark.jars.ivy says otherwise.
USUAL_FOLDER = ".ivy2.5.2"


@contextmanager
def fetched_alone(conf: Mapping[str, str]) -> Iterator[None]:
    """Let Spark start with these properties; wait for other processes of this machine if packages must be fetched."""
    folder = Path(conf.get("spark.jars.ivy") or Path.home() / USUAL_FOLDER)
    packages = [package for package in conf.get("spark.jars.packages", "").split(",") if package]
    if all((folder / "jars" / _jar(package)).exists() for package in packages):
        yield
        return
    # A client of Spark Connect starts no Spark, and has no filelock.
    from filelock import FileLock

    folder.mkdir(parents=True, exist_ok=True)
    log.info("Spark fetches %s into %s", ", ".join(packages), folder)
    with FileLock(folder / "conceptfreq.lock"):
        yield


def _jar(package: str) -> str:
    """The name that Ivy gives to the jar of a package group:name:version."""
    group, _, name_and_version = package.partition(":")
    return f"{group}_{name_and_version.replace(':', '-')}.jar"
