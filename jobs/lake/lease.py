"""One writer per corpus and stage: a lease row with owner, host, heartbeat and expiry.

Delta finds conflicts by partition, not by the list of shards, so two runs on one corpus and stage would only undo each
other's work. A lease is taken over if its holder sends no heartbeat until the expiry. On the holder's own host it is
taken over as soon as the holder's process has ended. One lease covers the whole lake: nobody holds another beside it.

On S3 every driver that writes holds the lease of the whole lake, and within it those of corpora and stages. There
a commit of Spark overwrites one that another driver makes at the same moment, in whatever corpus. The deltalake library
never overwrites one, and it alone writes the leases.
"""

from __future__ import annotations

import getpass
import logging
import os
import socket
import threading
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from jobs.errors import LeaseHeld
from jobs.lake.conflicts import is_conflict
from jobs.lake.lake import Lake, retry_conflicts
from jobs.lake.tables import LEASES

log = logging.getLogger(__name__)

# The key of the lease that covers every corpus and stage.
WHOLE_LAKE: Final = {"corpus": "*", "stage": "*"}


@contextmanager
def sole_driver(lake: Lake, seconds: float) -> Iterator[None]:
    """The context within which a lake is written: on S3 it holds the lease of the whole lake, elsewhere nothing.

    Raises LeaseHeld if another driver holds the lake; each write raises it if another one has taken the lake over.
    """
    if lake.at.is_s3 and not lake.guards:
        with Lease.of_whole_lake(lake, seconds).hold():
            yield
    else:
        yield


class Lease:
    """The right to write a stage of a corpus, for as long as `hold` is open."""

    def __init__(self, lake: Lake, corpus: str, stage: str, seconds: float) -> None:
        self._lake = lake
        self._key = {"corpus": corpus, "stage": stage}
        self._seconds = seconds
        self._since = datetime.now(UTC)
        self.owner = f"{getpass.getuser()}-{os.getpid()}-{uuid.uuid4().hex[:8]}"

    @classmethod
    def of_whole_lake(cls, lake: Lake, seconds: float) -> Lease:
        """The lease of every corpus and stage, for work that no run may meet."""
        return cls(lake, **WHOLE_LAKE, seconds=seconds)

    @contextmanager
    def hold(self, shut_out: Callable[[str], None] | None = None) -> Iterator[None]:
        """Take the lease, keep it alive in a thread, and release it. Raises LeaseHeld if another run has it.

        `shut_out` is called with the owner of a dead lease before that lease is taken over. It makes sure that no
        commit of that owner can still succeed. Until then the row stays, so that nobody misses it, whoever dies next.
        The lease of the whole lake guards each write to it meanwhile.
        """
        self._take(shut_out)
        stop = threading.Event()
        thread = threading.Thread(target=self._keep_alive, args=(stop,), name="lease", daemon=True)
        thread.start()
        guards = [self.still_mine] if self._key == WHOLE_LAKE else []
        self._lake.guards.extend(guards)
        try:
            yield
        finally:
            self._lake.guards[:] = [one for one in self._lake.guards if one not in guards]
            stop.set()
            thread.join()
            self._give_back()

    def still_mine(self) -> None:
        """Raise LeaseHeld if another run has taken the lease over; then nothing may be committed."""
        holder = self._holder()
        if holder is None or holder["owner"] != self.owner:
            raise LeaseHeld(self._refusal(holder) if holder else f"{self._name(self._key)}: the lease is gone")
        self.refuse_overlapping()

    def refuse_overlapping(self) -> None:
        """Raise LeaseHeld if the lease of another living run covers this one, or a part of it."""
        if self._lake.at.is_s3 and self._lake.guards:
            # This driver holds the whole lake, by a row that all drivers exchange: all other leases are its own.
            return
        others = {} if self._key == WHOLE_LAKE else WHOLE_LAKE
        for row in self._lake.rows(LEASES.name, None, **others):
            if row["owner"] != self.owner and not _is_dead(row):
                raise LeaseHeld(self._refusal(row))

    def _give_back(self) -> None:
        """Delete only our own row: a run that took the lease over keeps it. A lease that stays expires."""
        try:
            self._lake.replace_rows(LEASES.name, {**self._key, "owner": self.owner}, [])
        except Exception as error:
            # The session may have ended. A new error would hide the one that ended the work.
            reason = str(error).partition("\n")[0]
            log.warning(
                "%s: cannot release the lease, it expires in %g s: %s", self._name(self._key), self._seconds, reason
            )

    def _take(self, shut_out: Callable[[str], None] | None) -> None:
        holder = self._holder()
        if holder and not _is_dead(holder):
            raise LeaseHeld(self._refusal(holder))
        self.refuse_overlapping()
        if holder:
            log.warning("%s: taking over the lease of %s, which is gone", self._name(self._key), holder["owner"])
            if shut_out:
                shut_out(holder["owner"])
        self._write(holder)
        try:
            self.still_mine()
        except LeaseHeld:
            # If two overlapping leases are taken at once, both may be refused; then neither stays.
            self._give_back()
            raise

    def _write(self, seen: dict[str, Any] | None) -> None:
        """Replace the row `seen` by ours, or do nothing if another row is there: only one of several runs succeeds.

        A conflict may come from another lease's row, so the write is retried as long as the row `seen` is there.
        """

        def exchange() -> None:
            if self._holder() == seen:
                self._lake.exchange_row(LEASES.name, self._key, seen, self._row())

        try:
            retry_conflicts(exchange)
        except Exception as error:
            if not is_conflict(error):
                raise
            log.warning(
                "%s: cannot write the lease: every attempt conflicted with another commit", self._name(self._key)
            )

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
        rows = self._lake.rows(LEASES.name, corpus=self._key["corpus"], stage=self._key["stage"])
        return rows[0] if rows else None

    def _name(self, key: Mapping[str, Any]) -> str:
        if key != WHOLE_LAKE:
            return f"corpus {key['corpus']}, stage {key['stage']}"
        return "the whole lake" + (", which takes one driver at a time on S3" if self._lake.at.is_s3 else "")

    def _refusal(self, holder: dict[str, Any]) -> str:
        return (
            f"{self._name(_key(holder))}: held by {holder['owner']} on {holder['host']} since "
            f"{holder['since']:%Y-%m-%d %H:%M:%S} UTC, last heartbeat {holder['heartbeat']:%H:%M:%S}. Wait for that "
            f"run; if it is dead, its lease expires at {holder['expires']:%H:%M:%S} UTC."
        )


def _key(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in WHOLE_LAKE}


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
