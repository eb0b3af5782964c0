"""What the authors evaluated their sets for."""

from __future__ import annotations

from pathlib import PurePosixPath

from jobs.published.layout import Kind, Layout

# Folders of evaluations that are made for a set.
TASKS: tuple[Kind, ...] = ("zero_shot", "retrieval")


def tasks(layout: Layout) -> dict[str, str]:
    """Set -> zero_shot or retrieval, for the sets whose evaluations the layout expects."""
    found: dict[str, str] = {}
    for expected in layout.expected:
        folder = str(PurePosixPath(expected.file).parent)
        for task in TASKS:
            if folder in layout.folders.get(task, []):
                found.update(dict.fromkeys(expected.values.get("set", []), task))
    return found
