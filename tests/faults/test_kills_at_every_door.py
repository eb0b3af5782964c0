"""SIGKILL at random moments of a run, at every door, and the same command again: equal tables, however it was killed.

KILLS_SEED draws other victims and moments than the usual seed. KILLS is the number of kills per door, for a short look.
What each test measured goes into pytest's XML; `make reliability` makes docs/reliability.md of it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import doors
import pytest
from campaign import Campaign, Door
from connect_clients import require_client

SEED = int(os.environ.get("KILLS_SEED", "2404"))
# Fifty in all.
USUAL = {"local": 20, "standalone": 12, "Connect": 8, "s3a": 10}

pytestmark = [pytest.mark.long, pytest.mark.timeout(3600)]


@pytest.fixture
def survives(record_property: Callable[[str, object], None]) -> Callable[[Door], None]:
    """A door's campaign; what it measured is recorded whatever comes out."""

    def run(door: Door) -> None:
        kills = int(os.environ.get("KILLS", USUAL[door.name]))
        campaign = Campaign(door, SEED)
        try:
            measured = campaign.run(kills)
        finally:
            record_property("kills", json.dumps(campaign.measured.as_dict()))
        assert not measured.faults, "\n\n".join(measured.faults)
        assert measured.survived == len(measured.kills) == kills

    return run


def test_a_local_lake(survives: Callable[[Door], None], tmp_path: Path) -> None:
    with doors.local(tmp_path) as door:
        survives(door)


def test_a_standalone_cluster(survives: Callable[[Door], None], tmp_path: Path) -> None:
    with doors.on_a_cluster(tmp_path) as door:
        survives(door)


def test_a_connect_server(survives: Callable[[Door], None], tmp_path: Path) -> None:
    require_client()
    with doors.over_connect(tmp_path) as door:
        survives(door)


def test_a_lake_in_a_bucket(survives: Callable[[Door], None], tmp_path: Path) -> None:
    with doors.in_a_bucket(tmp_path) as door:
        survives(door)
