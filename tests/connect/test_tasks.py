"""A live line knows over Spark Connect, too, how many tasks of the running job are done."""

from __future__ import annotations

import ast

import pytest
from connect_clients import PROGRAMS, client

pytestmark = [pytest.mark.long, pytest.mark.timeout(300)]


def test_tasks_are_seen_while_they_run(server: str) -> None:
    done = client(server, str(PROGRAMS / "tasks.py"))
    assert done.returncode == 0, done.stderr[-5000:]
    seen = ast.literal_eval(done.stdout)
    assert (0, 4) in seen or (2, 4) in seen
    assert all(found is None or found[0] <= found[1] == 4 for found in seen)
