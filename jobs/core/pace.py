"""The progress of work in waves: its rate, the time left, and the part of the running wave that is likely done."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

# At most this share of a running wave counts as done, because only its commit completes it.
MOST: Final = 0.95


@dataclass(frozen=True)
class Words:
    """Words for the parts of the work, for its input, and for what is shown as a share of the input (None: nothing)."""

    parts: str = "shards"
    samples: str = "samples"
    counted: str | None = "rejects"


SHARDS: Final = Words()


@dataclass
class Pace:
    """The progress of the work. `clock` gives seconds; the rate is that of the finished waves."""

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
        """Add `parts` finished parts; `samples` and `counted` are totals so far."""
        self.done, self.samples, self.counted = self.done + parts, samples, counted
        self.wave = max(self.wave - parts, 0)
        self.advanced = self.clock()

    @property
    def seconds(self) -> float:
        """Seconds since the beginning."""
        return max(self.clock() - self.started, 1e-3)

    @property
    def rate(self) -> float:
        """Parts per second; 0 until one is finished."""
        return self.done / max(self.advanced - self.started, 1e-3)

    @property
    def estimated(self) -> float:
        """The finished parts of the running wave, if it is as fast as the earlier waves."""
        return min(self.rate * (self.clock() - self.advanced), MOST * self.wave)

    def text(self, tasks: tuple[int, int] | None = None) -> str:
        """The progress in words; `tasks` are those of the running Spark jobs: how many are done, of how many."""
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
        """A summary of the finished work."""
        share = f", {self._share:.1f} % {self.words.counted}" if self.words.counted else ""
        done = f"{self.done} of {self.total} {self.words.parts}, {self.samples:,} {self.words.samples}{share}"
        return f"{done}, {self.seconds:.0f} s"


def clock_time(seconds: float) -> str:
    """Seconds as M:SS or H:MM:SS."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
