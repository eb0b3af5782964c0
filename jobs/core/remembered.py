"""What has been read or made for a context once, for those that ask for it again.

It is kept as long as the context: for a command that looks once, or for a snapshot that answers many questions.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import RLock
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from jobs.core.context import Context

Value = TypeVar("Value")

_KEPT: WeakKeyDictionary[Context, dict[str, Any]] = WeakKeyDictionary()
# Of several threads that ask at once one does the work, and the others wait for it.
_AT_WORK = RLock()


def remembered(context: Context, name: str, make: Callable[[], Value]) -> Value:
    """The value of this name, from `make` at the first call for this context; it must not hold the context."""
    kept = _KEPT.get(context, {})
    if name not in kept:
        with _AT_WORK:
            kept = _KEPT.setdefault(context, {})
            if name not in kept:
                kept[name] = make()
    found: Value = kept[name]
    return found
