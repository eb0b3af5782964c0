"""Reads ahead in a separate thread: reading continues while images are decoded and the device computes."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable
from typing import Generic, TypeVar

T = TypeVar("T")


class Ahead(Generic[T]):
    """The elements of `source`, which a thread takes as long as less than `most` waits, by the sum of `size`.

    `take` raises an exception of the source after all elements before it.
    """

    def __init__(self, source: Iterable[T], size: Callable[[T], int], most: int) -> None:
        self._source, self._size, self._most = source, size, most
        self._changed = threading.Condition()
        self._waiting: deque[tuple[T, int]] = deque()
        self._held = 0
        self._over = self._closed = False
        self._error: BaseException | None = None
        # A daemon, because a thread that waits for bytes that never come must not keep the process alive.
        threading.Thread(target=self._fill, name="read-ahead", daemon=True).start()

    def take(self, wait: bool) -> T | None:
        """The next element; None at the end, or, without `wait`, if there is none yet."""
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
        """Stop reading: the thread ends when its source next yields."""
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
        except BaseException as error:  # `take` raises it
            self._error = error
        finally:
            with self._changed:
                self._over = True
                self._changed.notify_all()
