"""Keeps pandas out of a process that only shows what a lake holds: importing it takes longer than reading the tables.

pyarrow does not need pandas, but imports it if it is installed, with the first value or dataset that it makes, to
recognise a Series if it should be given one.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType

import pyarrow as pa


def leave_out_pandas() -> None:
    """Let pyarrow look for pandas now, and find none. It does nothing if pandas is already imported.

    This is for processes that give pyarrow no object of pandas: until the first `to_pandas`, which imports pandas as
    ever, pyarrow takes a Series for a list of Python objects. Everyone else's `import pandas` works.
    """
    if "pandas" in sys.modules:
        return
    refusal = _NoPandas()
    sys.meta_path.insert(0, refusal)
    try:
        # Any value would do: pyarrow looks for pandas once.
        pa.scalar(True)
    finally:
        sys.meta_path.remove(refusal)


class _NoPandas:
    """A finder of modules by which pandas is not installed."""

    @staticmethod
    def find_spec(name: str, path: Sequence[str] | None = None, target: ModuleType | None = None) -> ModuleSpec | None:
        if name == "pandas":
            raise ModuleNotFoundError("pandas is left out here", name=name)
        return None
