"""The lake's answers as they are served: from a snapshot that is renewed when a run has written, and kept in bounds.

Several threads ask at once. Of those that ask the same, one works and the others wait for it.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Hashable
from typing import Any, Final, TypeVar

from cachetools import LRUCache

from jobs.public import Run
from jobs.results.snapshot import Snapshot

log = logging.getLogger(__name__)

# A lake is asked for new versions at most so often (seconds), and for a twentieth of the time at most.
FRESH: Final = 2.0
PATIENCE: Final = 20
# Bytes of answers that are kept; those that nobody asked for in the longest time go first.
KEPT: Final = 128 << 20
TURNS: Final = 64

Value = TypeVar("Value")


class Shelf:
    """A snapshot, and what was answered from it."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self._kept: LRUCache[Hashable, tuple[Any, int]] = LRUCache(KEPT, getsizeof=lambda kept: kept[1])
        self._keeping = threading.Lock()
        self._turns = [threading.Lock() for _ in range(TURNS)]

    def kept(self, key: Hashable, make: Callable[[], Value], size: Callable[[Value], int]) -> Value:
        """The value of this key, made if it is not kept. size: its bytes, roughly.

        make: must not ask this shelf for anything, as it has its turn and would wait for another's, or for its own.
        """
        found = self._find(key)
        if found is None:
            with self._turns[hash(key) % TURNS]:
                found = self._find(key)
                if found is None:
                    value = make()
                    self.keep(key, value, size(value))
                    return value
        value = found[0]
        return value

    def keep(self, key: Hashable, value: object, size: int) -> None:
        """Keep a value that was made along with another one, unless it alone is too large."""
        if size <= KEPT:
            with self._keeping:
                self._kept[key] = (value, size)

    def _find(self, key: Hashable) -> tuple[Any, int] | None:
        with self._keeping:
            return self._kept.get(key)


class Answers:
    """The present shelf of a run."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._shelf: Shelf | None = None
        self._version: tuple[int | None, ...] = ()
        self._check_at = 0.0
        self._checking = threading.Lock()

    def now(self) -> Shelf:
        """The lake as it was a few seconds ago: FRESH, and what reading it anew takes."""
        if self._shelf is None:
            with self._checking:
                return self._shelf or self._renewed()
        if time.monotonic() >= self._check_at and self._checking.acquire(blocking=False):
            threading.Thread(target=self._renew, daemon=True).start()
        return self._shelf

    def _renew(self) -> None:
        """Look for a newer version while readers go on with what is there."""
        try:
            self._renewed()
        except Exception as error:
            self._check_at = time.monotonic() + PATIENCE
            log.warning("the lake cannot be read anew, and is shown as it was: %s", error)
        finally:
            self._checking.release()

    def _renewed(self) -> Shelf:
        began = time.monotonic()
        version = self._run.version()
        shelf = self._shelf
        if shelf is None or version != self._version:
            shelf = Shelf(self._run.snapshot())
            # What every page needs is read before anybody asks for it.
            shelf.snapshot.names()
            shelf.snapshot.fits()
            self._shelf, self._version = shelf, version
        ended = time.monotonic()
        self._check_at = ended + max(FRESH, PATIENCE * (ended - began))
        return shelf
