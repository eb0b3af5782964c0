"""The line of a terminal that is redrawn while work goes on; log lines appear above it meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from typing import TYPE_CHECKING

from rich.console import Console
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from jobs.core.session import watch_tasks

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from jobs.core.pace import Pace

Tasks = Callable[[], tuple[int, int] | None]

REDRAWN = 4  # times a second


class LiveLine:
    """A label, a bar and the progress, on standard error. Standard output is reserved for data."""

    def __init__(self, label: str, pace: Pace, session: SparkSession | None) -> None:
        self._label = label
        self._pace = pace
        self._session = session
        self._tasks: Tasks = lambda: None
        self._stack = ExitStack()

    def start(self) -> None:
        """Draw the line from now on."""
        if self._session is not None:
            self._tasks = self._stack.enter_context(watch_tasks(self._session))
        live = Live(
            get_renderable=self._draw,
            console=Console(stderr=True),
            refresh_per_second=REDRAWN,
            transient=True,
            redirect_stdout=False,
        )
        self._stack.enter_context(live)

    def stop(self) -> None:
        """Take the line away."""
        self._stack.close()

    def _draw(self) -> Table:
        pace = self._pace
        line = Table.grid(padding=(0, 1), expand=True)
        line.add_column(no_wrap=True)
        line.add_column(ratio=1, min_width=8)
        line.add_column(no_wrap=True, overflow="ellipsis")
        # The rate is unknown until the first wave is finished.
        bar = ProgressBar(pace.total, pace.done + pace.estimated, pulse=not pace.done)
        line.add_row(Text(self._label, "bold"), bar, Text(pace.text(self._tasks())))
        return line
