"""One writer per corpus and stage: a lease row with owner, host, heartbeat and expiry.

Delta finds conflicts by partition, not by the list of shards, so two runs on one corpus and stage would only undo each
other's work. A lease is taken over if its holder sends no heartbeat until the expiry. On the holder's own host it is
taken over as soon as the holder's process has ended. One lease covers the whole lake: nobody holds another beside it.
"""

from __future__ import annotations

import getpass
import logging
import os
import socket
import threading
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from jobs.errors import LeaseHeld
from jobs.lake.lake import CONFLICTS, Lake, retry_conflicts

log = logging.getLogger(__name__)

# The key of the lease that covers every corpus and stage.
WHOLE_LAKE: Final = {"corpus": "*", "stage": "*"}


class Lease:
    """The right to write a stage of a corpus, for as long as `hold` is open."""

    def __init__(self, lake: Lake, corpus: str, stage: str, seconds: float) -> None:
        self._lake = lake
        self._key = {"corpus": corpus, "stage": stage}
        self._seconds = seconds
        self._since = datetime.now(UTC)
        # The owner whose lease was taken over, if any.
        self.displaced: str | None = None
        self.owner = f"{getpass.getuser()}-{os.getpid()}-{uuid.uuid4().hex[:8]}"

    @classmethod
    def of_whole_lake(cls, lake: Lake, seconds: float) -> Lease:
        """The lease of every corpus and stage, for work that no run may meet."""
        return cls(lake, **WHOLE_LAKE, seconds=seconds)

    @contextmanager
    def hold(self) -> Iterator[None]:
        """Take the lease, keep it alive in a thread, and release it. Raises LeaseHeld if another run has it."""
        self._take()
        stop = threading.Event()
        thread = threading.Thread(target=self._keep_alive, args=(stop,), name="lease", daemon=True)
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()
            self._give_back()

    def still_mine(self) -> None:
        """Raise LeaseHeld if another run has taken the lease over; then nothing may be committed."""
        holder = self._holder()
        if holder is None or holder["owner"] != self.owner:
            raise LeaseHeld(_refusal(holder) if holder else f"{_name(self._key)}: the lease is gone")
        self.refuse_overlapping()

    def refuse_overlapping(self) -> None:
        """Raise LeaseHeld where a run lives whose lease covers a part of this one, or all of it."""
        others = {} if self._key == WHOLE_LAKE else WHOLE_LAKE
        for row in self._lake.rows("leases", None, **others):
            if _key(row) != self._key and not _is_dead(row):
                raise LeaseHeld(_refusal(row))

    def _give_back(self) -> None:
        """Delete only our own row: a run that took the lease over keeps it. A lease that stays expires."""
        try:
            self._lake.replace_rows("leases", {**self._key, "owner": self.owner}, [])
        except Exception as error:
            # The session may have ended. A new error would hide the one that ended the work.
            reason = str(error).partition("\n")[0]
            log.warning("%s: cannot release the lease, it expires in %g s: %s", _name(self._key), self._seconds, reason)

    def _take(self) -> None:
        holder = self._holder()
        if holder and not _is_dead(holder):
            raise LeaseHeld(_refusal(holder))
        self.refuse_overlapping()
        if holder:
            log.warning("%s: taking over the lease of %s, which is gone", _name(self._key), holder["owner"])
        self._write(holder)
        try:
            self.still_mine()
        except LeaseHeld:
            # Of two that cover the same and come at once, both may be refused; neither stands in the way then.
            self._give_back()
            raise
        self.displaced = holder["owner"] if holder else None

    def _write(self, seen: dict[str, Any] | None) -> None:
        """Replace the row `seen` by ours, or do nothing if another row is there: of several runs one succeeds.

        A conflict may come from another lease's row, so the write is retried as long as the row `seen` is there.
        """

        def exchange() -> None:
            if self._holder() == seen:
                self._lake.exchange_row("leases", self._key, seen, self._row())

        try:
            retry_conflicts(exchange)
        except CONFLICTS:
            log.warning("%s: cannot write the lease: every attempt conflicted with another commit", _name(self._key))

    def _keep_alive(self, stop: threading.Event) -> None:
        while not stop.wait(self._seconds / 3):
            holder = self._holder()
            if holder is None or holder["owner"] != self.owner:
                return
            self._write(holder)

    def _row(self) -> dict[str, Any]:
        now = datetime.now(UTC)
        return {
            **self._key,
            "owner": self.owner,
            "host": socket.gethostname(),
            "process": os.getpid(),
            "since": self._since,
            "heartbeat": now,
            "expires": now + timedelta(seconds=self._seconds),
        }

    def _holder(self) -> dict[str, Any] | None:
        rows = self._lake.rows("leases", corpus=self._key["corpus"], stage=self._key["stage"])
        return rows[0] if rows else None


def _key(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in WHOLE_LAKE}


def _name(key: Mapping[str, Any]) -> str:
    return "the whole lake" if key == WHOLE_LAKE else f"corpus {key['corpus']}, stage {key['stage']}"


def _refusal(holder: dict[str, Any]) -> str:
    return (
        f"{_name(_key(holder))}: held by {holder['owner']} on {holder['host']} since "
        f"{holder['since']:%Y-%m-%d %H:%M:%S} UTC, last heartbeat {holder['heartbeat']:%H:%M:%S}. Wait for that run; "
        f"if it is dead, its lease expires at {holder['expires']:%H:%M:%S} UTC."
    )


def _is_dead(holder: dict[str, Any]) -> bool:
    if holder["expires"] <= datetime.now(UTC):
        return True
    return holder["host"] == socket.gethostname() and not _is_running(holder["process"])


def _is_running(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
