"""Progress of work that lasts: a live line on a terminal, which moves within a wave; elsewhere a log line per wave."""

from __future__ import annotations

import logging
import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from types import TracebackType

    from pyspark.sql import SparkSession

log = logging.getLogger(__name__)

# At most this share of a running wave counts as done: only its commit makes it so.
MOST: Final = 0.95


@dataclass(frozen=True)
class Words:
    """What the work is divided into, what it reads, and which of that is shown as a share (None: nothing)."""

    parts: str = "shards"
    samples: str = "samples"
    counted: str | None = "rejects"


SHARDS: Final = Words()


@dataclass
class Tally:
    """How far the work is. `clock` gives seconds; the rate is that of the waves that are through."""

    total: int
    words: Words = SHARDS
    clock: Callable[[], float] = time.monotonic
    done: int = 0
    samples: int = 0
    counted: int = 0
    wave: int = 0
    started: float = field(init=False)
    advanced: float = field(init=False)

    def __post_init__(self) -> None:
        self.started = self.advanced = self.clock()

    def advance(self, parts: int, samples: int, counted: int) -> None:
        """`parts` more are through; `samples` and `counted` are totals so far."""
        self.done, self.samples, self.counted = self.done + parts, samples, counted
        self.wave = max(self.wave - parts, 0)
        self.advanced = self.clock()

    @property
    def seconds(self) -> float:
        """Since the beginning."""
        return max(self.clock() - self.started, 1e-3)

    @property
    def rate(self) -> float:
        """Parts in a second; 0 while none is through."""
        return self.done / max(self.advanced - self.started, 1e-3)

    @property
    def estimated(self) -> float:
        """Parts of the running wave that are done if it is as fast as those before."""
        return min(self.rate * (self.clock() - self.advanced), MOST * self.wave)

    def text(self, tasks: tuple[int, int] | None = None) -> str:
        """The tally in words; `tasks` of the running Spark jobs are done, of so many."""
        estimated = self.estimated
        sign = "~" if estimated >= 1 else ""
        found = [f"{sign}{self.done + int(estimated)}/{self.total} {self.words.parts}"]
        if self.done:
            found += [f"{self.samples:,} {self.words.samples}", f"{self.samples * self.rate / self.done:,.0f}/s"]
            found += [f"{self._share:.1f} % {self.words.counted}"] if self.words.counted else []
        if tasks:
            found.append(f"{tasks[0]}/{tasks[1]} tasks")
        return ", ".join([*found, self._time(estimated)])

    def _time(self, estimated: float) -> str:
        if not self.done:
            return clock_time(self.seconds)
        return f"{clock_time((self.total - self.done - estimated) / self.rate)} left"

    @property
    def _share(self) -> float:
        return 100 * self.counted / max(self.samples, 1)

    def closing(self) -> str:
        """What was done, when it is over."""
        share = f", {self._share:.1f} % {self.words.counted}" if self.words.counted else ""
        done = f"{self.done} of {self.total} {self.words.parts}, {self.samples:,} {self.words.samples}{share}"
        return f"{done}, {self.seconds:.0f} s"


class Progress:
    """The work of a stage on a corpus, `total` parts; entered before it and left however it ends.

    On a terminal `session` is asked how many tasks of its running jobs are done.
    """

    def __init__(
        self, stage: str, corpus: str, total: int, words: Words = SHARDS, session: SparkSession | None = None
    ) -> None:
        self._label = f"{stage} {corpus}"
        self._tally = Tally(total, words)
        self._live = None
        if on_a_terminal():
            from jobs.core.live_line import LiveLine

            self._live = LiveLine(self._label, self._tally, session)

    def __enter__(self) -> Progress:
        if self._live:
            self._live.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._live:
            self._live.stop()
            if error is None:
                log.info("%s: %s", self._label, self._tally.closing())

    def begin(self, parts: int) -> None:
        """A wave of so many parts begins."""
        self._tally.wave = parts

    def advance(self, parts: int, samples: int, counted: int = 0) -> None:
        """`parts` more are through; `samples`, and how many of them are counted, are totals so far."""
        self._tally.advance(parts, samples, counted)

    def line(self, text: str, *values: Any) -> None:
        """A line about what is through, where no live line tells it."""
        if not self._live:
            log.info("%s: " + text, self._label, *values)


def on_a_terminal() -> bool:
    """Whether standard error is a terminal on which a line can be drawn again."""
    return sys.stderr.isatty() and os.environ.get("TERM") != "dumb"


def clock_time(seconds: float) -> str:
    """Seconds as M:SS or H:MM:SS."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
