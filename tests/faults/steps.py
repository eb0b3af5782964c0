"""The steps of a command, counted: at one of them something happens to it. Scripts that tests here start use it."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from typing import Any

# The thread in which a lease is kept alive (jobs.lake.lease). Its steps are not counted: how many there are depends on
# the time.
HEARTBEAT = "lease"


def nothing(*_: Any) -> None:
    """What happens at all other steps."""


def die(*_: Any) -> None:
    """As a machine that loses power; the JVM goes with it."""
    os.kill(os.getpid(), signal.SIGKILL)


class Steps:
    """A counter of steps. At the `last` one, counted from 1, `before` and `after` are called with its arguments."""

    def __init__(self, last: int, before: Callable[..., None] = nothing, after: Callable[..., None] = nothing) -> None:
        self.count = 0
        self._last = last
        self._before = before
        self._after = after

    @classmethod
    def killed(cls, last: int, moment: str) -> Steps:
        """The process dies: the `last` step does not happen (`before`), or is the last thing that happens (`after`)."""
        return cls(last, **{moment: die})

    def watch(self, owner: Any, *names: str) -> None:
        """Count the calls of these functions of a module, or methods of a class."""
        for name in names:
            setattr(owner, name, self._counted(getattr(owner, name)))

    def _counted(self, step: Callable[..., Any]) -> Callable[..., Any]:
        def run(*arguments: Any, **options: Any) -> Any:
            if threading.current_thread().name == HEARTBEAT:
                return step(*arguments, **options)
            self.count += 1
            number = self.count
            if number == self._last:
                self._before(*arguments)
            result = step(*arguments, **options)
            if number == self._last:
                self._after(*arguments)
            return result

        return run
