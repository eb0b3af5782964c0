"""Commits over Spark Connect that meet others are made again: a conflict has its own class there as well."""

from __future__ import annotations

from pathlib import Path

import pytest
from connect_clients import PROGRAMS, client

pytestmark = [pytest.mark.long, pytest.mark.timeout(300)]


def test_two_writers_of_one_partition(server: str, tmp_path: Path) -> None:
    done = client(server, str(PROGRAMS / "conflicts.py"), str(tmp_path / "lake"))
    assert done.returncode == 0, done.stderr[-5000:]
    met, _, shards = done.stdout.partition(" ")
    assert int(met) > 0, "no commit met another: the test shows nothing"
    assert shards.strip() == str([f"{number}.tar" for number in range(6)])
