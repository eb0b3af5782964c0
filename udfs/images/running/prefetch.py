"""Work done ahead of need in a thread of its own: reading goes on while images are decoded and the device computes."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable
from typing import Generic, TypeVar

T = TypeVar("T")


class Ahead(Generic[T]):
    """What comes from `source`, taken by a thread while less than `most` of it waits, by the sum of `size`.

    What the source raises is raised by `take`, after all that came before it.
    """

    def __init__(self, source: Iterable[T], size: Callable[[T], int], most: int) -> None:
        self._source, self._size, self._most = source, size, most
        self._changed = threading.Condition()
        self._waiting: deque[tuple[T, int]] = deque()
        self._held = 0
        self._over = self._closed = False
        self._error: BaseException | None = None
        # A daemon: one that waits for bytes that never come must not keep the process alive.
        threading.Thread(target=self._fill, name="read-ahead", daemon=True).start()

    def take(self, wait: bool) -> T | None:
        """The next of the source; None where there is no more, or, without `wait`, none yet."""
        with self._changed:
            if wait:
                self._changed.wait_for(lambda: self._waiting or self._over)
            if self._waiting:
                item, size = self._waiting.popleft()
                self._held -= size
                self._changed.notify_all()
                return item
            if self._error is not None:
                raise self._error
            return None

    def close(self) -> None:
        """No more is wanted: the thread ends when its source next yields."""
        with self._changed:
            self._closed = True
            self._waiting.clear()
            self._changed.notify_all()

    def _fill(self) -> None:
        try:
            for item in self._source:
                with self._changed:
                    self._changed.wait_for(lambda: self._held < self._most or self._closed)
                    if self._closed:
                        return
                    size = self._size(item)
                    self._waiting.append((item, size))
                    self._held += size
                    self._changed.notify_all()
        except BaseException as error:  # belongs to whoever takes
            self._error = error
        finally:
            with self._changed:
                self._over = True
                self._changed.notify_all()
