"""Progress of work that lasts: shards and samples done, rate, time left, share of rejects; quiet off a terminal."""

from __future__ import annotations

import sys
import time


class Progress:
    """One line on stderr, redrawn after each wave. `counted` names the samples whose share it shows, None: none."""

    def __init__(self, stage: str, corpus: str, shards: int, counted: str | None = "rejects") -> None:
        self._label = f"{stage} {corpus}"
        self._shards = shards
        self._counted = counted
        self._done = 0
        self._started = time.monotonic()
        self._shown = sys.stderr.isatty()
        self._draw("")

    def advance(self, shards: int, samples: int, counted: int = 0) -> None:
        """`shards` more are through; `samples`, and how many of them are counted, are totals so far."""
        self._done += shards
        seconds = time.monotonic() - self._started
        left = seconds / self._done * (self._shards - self._done)
        share = f" {100 * counted / max(samples, 1):.1f} % {self._counted}," if self._counted else ""
        self._draw(f" {samples:,} samples {samples / seconds:,.0f}/s,{share} {_clock(left)} left")

    def close(self) -> None:
        """End the line."""
        if self._shown:
            sys.stderr.write("\n")

    def _draw(self, text: str) -> None:
        if self._shown:
            sys.stderr.write(f"\r\x1b[2K{self._label}: {self._done}/{self._shards} shards{text}")
            sys.stderr.flush()


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
