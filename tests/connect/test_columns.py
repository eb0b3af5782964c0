"""Column functions on a session of a server."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import tiny
from connect_clients import PROGRAMS, client

pytestmark = [pytest.mark.long, pytest.mark.timeout(300)]


def test_nouns_and_tags(server: str, tmp_path: Path) -> None:
    files = [tmp_path / "0.png", tmp_path / "1.png"]
    for number, file in enumerate(files):
        file.write_bytes(tiny.picture(number))
    done = client(server, str(PROGRAMS / "columns.py"), json.dumps(tiny.TAGGER), *map(str, files))
    assert done.returncode == 0, done.stderr[-5000:]
    assert done.stdout.splitlines() == ["['beach', 'dog']", "['beach', 'dog']", "[998, 998]"]
