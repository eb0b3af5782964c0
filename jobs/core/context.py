"""What a stage is given: the settings, the lake, and the run that it belongs to."""

from __future__ import annotations

import socket
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib import metadata
from typing import TYPE_CHECKING

from jobs.core.lake import Lake
from jobs.core.ledger import Ledger
from jobs.core.listing import Listings
from jobs.core.settings import Settings

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


@dataclass
class Context:
    """One run: `new_spec` lets changed settings start a new spec, `max_shards` limits each corpus to its first shards.

    `listings` and `ledger` are what the run has seen of its corpora and of the lake's ledger.
    """

    settings: Settings
    lake: Lake
    command: str = "run"
    new_spec: bool = False
    max_shards: int | None = None
    run: str = field(default_factory=lambda: f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{uuid.uuid4().hex[:6]}")
    listings: Listings = field(default_factory=Listings)
    _recorded: bool = False
    ledger: Ledger = field(init=False)

    def __post_init__(self) -> None:
        evaluated = self.settings.evaluate.sets if self.settings.evaluate else []
        self.ledger = Ledger(self.lake, [one.name for one in (*self.settings.corpora, *evaluated)])

    @classmethod
    def open(cls, spark: SparkSession, settings: Settings, new_spec: bool = False) -> Context:
        """A run over the settings' lake, for notebooks."""
        return cls(settings, Lake(spark, settings.lake), new_spec=new_spec)

    def record_run(self) -> None:
        """Save the resolved settings with the run, once and only when something is going to be written."""
        if self._recorded:
            return
        self._recorded = True
        row = {
            "run": self.run,
            "command": self.command,
            "settings": self.settings.model_dump_json(),
            "release": release(),
            "host": socket.gethostname(),
            "started": datetime.now(UTC),
        }
        self.lake.replace_rows("runs", {"run": self.run}, [row])


def release() -> str:
    """The installed release; `source` where the code runs from a zip or a checkout."""
    try:
        return metadata.version("conceptfreq")
    except metadata.PackageNotFoundError:
        return "source"
