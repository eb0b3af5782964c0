"""The progress of long work: on a terminal a live line, which moves within a wave; elsewhere one log line per wave."""

from __future__ import annotations

import logging
import os
import sys
from typing import TYPE_CHECKING, Any

from jobs.core.pace import SHARDS, Pace, Words

if TYPE_CHECKING:
    from types import TracebackType

    from pyspark.sql import SparkSession

log = logging.getLogger(__name__)


class Progress:
    """A context for the work of a stage on a corpus, in `total` parts.

    On a terminal `session` is asked how many tasks of its running jobs are done.
    """

    def __init__(
        self, stage: str, corpus: str, total: int, words: Words = SHARDS, session: SparkSession | None = None
    ) -> None:
        self._label = f"{stage} {corpus}"
        self._pace = Pace(total, words)
        self._live = None
        if on_a_terminal():
            from jobs.core.live_line import LiveLine

            self._live = LiveLine(self._label, self._pace, session)

    def __enter__(self) -> Progress:
        if self._live:
            self._live.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._live:
            self._live.stop()
            if error is None:
                log.info("%s: %s", self._label, self._pace.closing())

    def begin(self, parts: int) -> None:
        """Begin a wave of so many parts."""
        self._pace.wave = parts

    def advance(self, parts: int, samples: int, counted: int = 0) -> None:
        """Add `parts` finished parts; `samples`, and how many of them are counted, are totals so far."""
        self._pace.advance(parts, samples, counted)

    def line(self, text: str, *values: Any) -> None:
        """Log a line about finished work, if no live line shows it."""
        if not self._live:
            log.info("%s: " + text, self._label, *values)


def on_a_terminal() -> bool:
    """Whether standard error is a terminal on which a line can be redrawn."""
    return sys.stderr.isatty() and os.environ.get("TERM") != "dumb"
