"""What a stage is given: the settings, the lake, and the run that it belongs to."""

from __future__ import annotations

import re
import socket
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib import metadata
from typing import Any

from jobs.core.identities import Identities, recorded_identities
from jobs.core.listing import Listings
from jobs.lake.lake import Lake
from jobs.lake.ledger import Ledger
from jobs.settings.settings import Settings
from udfs.shards.schemes import shown

# Names of Spark properties whose values are credentials, as fs.s3a.secret.key and fs.azure.account.key.
SECRET = re.compile(r"secret|password|token|access\.?key|account\.?key|sas\.", re.IGNORECASE)
# A URI up to the password in it, as in that of a tracking server.
PASSWORD = re.compile(r"(\w://[^/@:\s\"]*:)[^/@\s\"]+@")
HIDDEN = "not recorded"


@dataclass(eq=False)
class Context:
    """One run: `new_spec` lets changed settings start a new spec, `max_shards` limits each corpus to its first shards.

    `listings`, `ledger` and `identities` are what the run has seen of its corpora, of the lake's ledger and of models.
    """

    settings: Settings
    lake: Lake
    command: str = "run"
    new_spec: bool = False
    max_shards: int | None = None
    run: str = field(default_factory=lambda: f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{uuid.uuid4().hex[:6]}")
    listings: Listings = field(default_factory=Listings)
    identities: Identities = field(default_factory=Identities)
    _row: dict[str, Any] | None = None
    ledger: Ledger = field(init=False)

    def __post_init__(self) -> None:
        evaluated = self.settings.evaluate.sets if self.settings.evaluate else []
        self.ledger = Ledger(self.lake, [one.name for one in (*self.settings.corpora, *evaluated)])

    @classmethod
    def looking(cls, settings: Settings, lake: Lake, command: str) -> Context:
        """The context of a command that only looks: runs recorded the identities of models, so none is needed."""
        return cls(settings, lake, command, identities=recorded_identities(lake))

    def record_run(self) -> None:
        """Save the resolved settings with the run, once and only when something is going to be written."""
        if self._row is not None:
            return
        self._row = {
            "run": self.run,
            "command": self.command,
            "settings": as_recorded(self.settings),
            "release": release(),
            "host": socket.gethostname(),
            "started": datetime.now(UTC),
            "identities": self.identities.as_json(),
        }
        self.lake.replace_rows("runs", {"run": self.run}, [self._row])

    def record_identities(self) -> None:
        """Save the identities that were read since the run was recorded; a run that wrote nothing saves none."""
        if self._row is not None and self._row["identities"] != self.identities.as_json():
            self._row["identities"] = self.identities.as_json()
            self.lake.replace_rows("runs", {"run": self.run}, [self._row])


def as_recorded(settings: Settings) -> str:
    """The settings as JSON, without passwords in URIs and values of Spark properties that hold credentials."""
    conf = {key: HIDDEN if SECRET.search(key) else value for key, value in settings.spark.conf.items()}
    hidden = settings.model_copy(update={"spark": settings.spark.model_copy(update={"conf": conf})})
    return PASSWORD.sub(rf"\1{HIDDEN}@", shown(hidden.model_dump_json()))


def release() -> str:
    """The installed release; `source` where the code runs from a zip or a checkout."""
    try:
        return metadata.version("conceptfreq")
    except metadata.PackageNotFoundError:
        return "source"
