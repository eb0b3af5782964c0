"""A server that dies under a run: the run ends and calls no shard failed, and the next run completes the tables."""

from __future__ import annotations

import time
from pathlib import Path

import lakes
import pytest
import tiny
from connect_clients import COMMAND, client, client_process, connect_server
from deltalake import DeltaTable
from entry_scripts import free_port, stop_group

pytestmark = [pytest.mark.long, pytest.mark.timeout(900)]

SHARDS = 12
CAPTIONS = [[f"a dog and {number} cats"] for number in range(SHARDS)]


def test_a_server_that_is_killed(server: str, tmp_path: Path) -> None:
    tiny.corpus(tmp_path / "corpus", CAPTIONS)
    # A shard a wave, so that some are done when the server dies and some are not.
    changes = {"waves": {"max_shards": 1}, "lease_seconds": 10}
    lost = str(tiny.write_settings(tmp_path, lake=str(tmp_path / "lost"), **changes))
    words = [COMMAND, "run", lost]
    with connect_server(tmp_path, free_port()) as (dying, process), client_process(dying, words) as run:
        wait_for_shards(tmp_path / "lost" / "shards", 2)
        stop_group(process)
        began = time.monotonic()
        _, said = run.communicate()
    assert run.returncode == 1, said[-5000:]
    # Spark's client gives up after ten minutes; nothing after that, its own farewell included, waits as long again.
    assert time.monotonic() - began < 840, said[-5000:]
    states = DeltaTable(str(tmp_path / "lost" / "shards")).to_pyarrow_table(columns=["state"])["state"].to_pylist()
    assert 2 <= len(states) < 3 * SHARDS and set(states) == {"done"}, said[-5000:]

    done = client(server, COMMAND, "run", lost)
    assert done.returncode == 0, done.stderr[-5000:]
    whole = str(tiny.write_settings(tmp_path, lake=str(tmp_path / "whole"), **changes))
    done = client(server, COMMAND, "run", whole)
    assert done.returncode == 0, done.stderr[-5000:]
    lakes.assert_equal(tmp_path / "lost", tmp_path / "whole")


def wait_for_shards(ledger: Path, number: int) -> None:
    """Return once so many shards are in the ledger."""
    deadline = time.monotonic() + 300
    while time.monotonic() < deadline:
        if DeltaTable.is_deltatable(str(ledger)) and DeltaTable(str(ledger)).to_pyarrow_table().num_rows >= number:
            return
        time.sleep(0.2)
    pytest.fail(f"{ledger}: not {number} shards within 300 s")
