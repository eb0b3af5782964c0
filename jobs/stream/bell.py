"""The meeting point of Spark's stream and the work: the stream rings, and waits until its batch has been handled.

Spark calls the function of a batch in a thread of its own. The work is done in the main thread instead, where an
interrupt finds it, and where a retry or a first run needs no batch.
"""

from __future__ import annotations

from threading import Event
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


class Bell:
    """Rung once for each batch; the batch is committed when it is answered, and never if it is silenced."""

    def __init__(self) -> None:
        self._rung = Event()
        self._answered = Event()
        self._silenced = False

    def ring(self, frame: DataFrame, batch: int) -> None:
        """Wait for the answer: the function of `foreachBatch`. Raises RuntimeError if the watch ends before."""
        self._answered.clear()
        self._rung.set()
        # Silenced before that, it would never be answered.
        if not self._silenced:
            self._answered.wait()
        if self._silenced:
            raise RuntimeError("the watch has ended; the next one handles this batch")

    def wait(self, seconds: float) -> bool:
        """Whether the bell is rung, at the latest after some seconds."""
        return self._rung.wait(seconds)

    def answer(self) -> None:
        """Let the batch that rang be committed."""
        self._rung.clear()
        self._answered.set()

    def silence(self) -> None:
        """Let no further batch be committed, nor the one that waits."""
        self._silenced = True
        self._answered.set()
