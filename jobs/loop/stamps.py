"""Stamps: a small JSON file, written when a folder is complete, records the settings from which it was made."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any


def stamped(path: Path) -> dict[str, Any] | None:
    """The contents of the stamp; None if there is no readable stamp."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return content if isinstance(content, dict) else None


def make(path: Path, content: Mapping[str, Any], work: Callable[[], object]) -> None:
    """Do the work, then write the stamp. If it is killed in between, there is no stamp and the work is done again."""
    path.unlink(missing_ok=True)
    work()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(dict(content), indent=2) + "\n", encoding="utf-8")
