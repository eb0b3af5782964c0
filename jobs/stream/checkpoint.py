"""The home of a stream's checkpoint: what was listed last, and which batches were handled.

It decides nothing: the ledger knows what is done. It may be deleted whenever no watch is running; the next one lists
the corpora again, as every start does.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from jobs.lake.location import Location, parse
from jobs.lake.specs import digest
from jobs.settings.settings import Settings

# Below a lake's folder. The underscore keeps it from being taken for a table or a shard.
FOLDER: Final = "_checkpoints"


def checkpoint_of(settings: Settings) -> str:
    """The folder of the checkpoint for Spark: one for each set of corpora, as other settings may share the lake."""
    own = digest([[one.name, one.format, one.path, one.pattern] for one in settings.corpora])[:12]
    if settings.watch.checkpoint:
        return parse(settings.watch.checkpoint).spark(own)
    return _home(settings).spark(f"{FOLDER}/{own}")


def _home(settings: Settings) -> Location:
    """The lake's folder; for a lake in a catalog, a folder of this machine, as for the report."""
    lake = parse(settings.lake)
    if not lake.is_catalog:
        return lake
    path = str(Path("build").absolute() / settings.name)
    return Location(path, "file", "", path)
