"""One writer a corpus and stage."""

from __future__ import annotations

import os
import socket
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from jobs.errors import LeaseHeld
from jobs.lake.lake import Lake
from jobs.lake.lease import Lease

GONE = 2**22 + 1  # above Linux's highest process id


@pytest.fixture
def lake(spark: Any, tmp_path: Path) -> Lake:
    return Lake(spark, str(tmp_path / "lake"))


def put_holder(lake: Lake, host: str, process: int, expires_in: float) -> None:
    now = datetime.now(UTC)
    row = {
        "corpus": "c",
        "stage": "ingest",
        "owner": "somebody",
        "host": host,
        "process": process,
        "since": now,
        "heartbeat": now,
        "expires": now + timedelta(seconds=expires_in),
    }
    lake.replace_rows("leases", {"corpus": "c", "stage": "ingest"}, [row])


def test_a_second_run_is_told_who_holds_it_since_when(lake: Lake) -> None:
    first, second = (Lease(lake, "c", "ingest", 60) for _ in range(2))
    with first.hold():
        said = rf"held by {first.owner} on {socket.gethostname()} since \d{{4}}-"
        with pytest.raises(LeaseHeld, match=said), second.hold():
            pass
        with Lease(lake, "c", "captions", 60).hold(), Lease(lake, "d", "ingest", 60).hold():
            first.still_mine()
    with second.hold():
        second.still_mine()
    assert lake.rows("leases") == []


def test_a_lease_runs_out(lake: Lake) -> None:
    put_holder(lake, "elsewhere", 1, expires_in=-1)
    with Lease(lake, "c", "ingest", 60).hold():
        assert lake.rows("leases")[0]["owner"] != "somebody"


def test_a_dead_holder_is_known_until_it_is_shut_out(lake: Lake) -> None:
    put_holder(lake, "elsewhere", 1, expires_in=-1)

    def killed(owner: str) -> None:
        raise InterruptedError(owner)

    with pytest.raises(InterruptedError, match="somebody"), Lease(lake, "c", "ingest", 60).hold(killed):
        pass
    # Whoever comes next has it to do.
    shut_out: list[str] = []
    with Lease(lake, "c", "ingest", 60).hold(shut_out.append):
        assert shut_out == ["somebody"]
    with Lease(lake, "c", "ingest", 60).hold(shut_out.append):
        assert shut_out == ["somebody"]


def test_one_that_has_not_run_out_is_respected(lake: Lake) -> None:
    put_holder(lake, "elsewhere", 1, expires_in=60)
    with pytest.raises(LeaseHeld, match="somebody on elsewhere"), Lease(lake, "c", "ingest", 60).hold():
        pass


def test_a_dead_process_of_this_host_is_not_waited_for(lake: Lake) -> None:
    put_holder(lake, socket.gethostname(), GONE, expires_in=60)
    with Lease(lake, "c", "ingest", 60).hold():
        pass
    put_holder(lake, socket.gethostname(), os.getpid(), expires_in=60)
    with pytest.raises(LeaseHeld), Lease(lake, "c", "ingest", 60).hold():
        pass


def test_whoever_lost_the_lease_may_not_commit(lake: Lake) -> None:
    lease = Lease(lake, "c", "ingest", 60)
    with lease.hold():
        put_holder(lake, "elsewhere", 1, expires_in=60)
        with pytest.raises(LeaseHeld, match="somebody"):
            lease.still_mine()
    assert [row["owner"] for row in lake.rows("leases")] == ["somebody"], "whoever took it over keeps it"


def test_the_heartbeat_keeps_it(lake: Lake) -> None:
    lease = Lease(lake, "c", "ingest", 1.5)
    with lease.hold():
        first = lake.rows("leases")[0]
        threading.Event().wait(2.5)
        later = lake.rows("leases")[0]
    assert later["expires"] > first["expires"] and later["since"] == first["since"]


def test_of_many_at_once_one_gets_it(lake: Lake) -> None:
    lake.ensure("leases")
    for _ in range(5):
        assert sum(taken_at_once(lake, 6)) == 1


def taken_at_once(lake: Lake, runs: int) -> list[bool]:
    """Which of so many runs that begin together get the lease; whoever has it keeps it until all have tried."""
    start, tried = threading.Barrier(runs), threading.Barrier(runs)
    got = [False] * runs

    def try_it(number: int) -> None:
        start.wait()
        try:
            with Lease(lake, "c", "ingest", 60).hold():
                got[number] = True
                tried.wait(30)
        except LeaseHeld:
            tried.wait(30)

    threads = [threading.Thread(target=try_it, args=(number,)) for number in range(runs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return got


def test_whoever_comes_late_does_not_overwrite(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = (Lease(lake, "c", "ingest", 60) for _ in range(2))
    # It has seen a free lease, and the first one takes it before the second writes.
    looks = iter([lambda: None])
    look = second._holder
    monkeypatch.setattr(second, "_holder", lambda: next(looks, look)())
    with first.hold():
        with pytest.raises(LeaseHeld, match=first.owner), second.hold():
            pass
        first.still_mine()


@pytest.mark.long
def test_elsewhere_than_in_a_local_folder(spark: Any, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    # Hadoop's view of a folder: Spark does what it does in a bucket.
    link = "fs.viewfs.mounttable.leases.link./lake"
    spark.conf.set(link, (tmp_path / "elsewhere").as_uri())
    lake = Lake(spark, "viewfs://leases/lake")
    lake.ensure("leases")
    assert sum(taken_at_once(lake, 3)) == 1
    put_holder(lake, "elsewhere", 1, expires_in=-1)
    with Lease(lake, "c", "ingest", 60).hold():
        assert lake.rows("leases")[0]["owner"] != "somebody"
    assert lake.rows("leases") == []
    spark.conf.unset(link)
