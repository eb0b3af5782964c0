"""conceptfreq from Python: a run's settings opened as one object that runs its stages and reads its results.

    from jobs import open_run

    run = open_run("settings.yaml")          # or a dictionary with the same keys
    run.execute()                            # every stage that the settings ask for
    run.frequencies("text")                  # a pandas DataFrame, as are the other results
    run.lookup("dog")                        # any word or phrase
    run.samples("dog")

docs/python.md explains each name. This package is the driver's side: it may import `udfs`, never the other way round.
Names are resolved on first use, so that `import jobs` costs neither Spark nor pandas nor torch.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jobs.errors import ConceptfreqError as ConceptfreqError
    from jobs.errors import SettingsError as SettingsError
    from jobs.loop.example import draw_example as draw_example
    from jobs.loop.example import make_example as make_example
    from jobs.notebooks import Notebook as Notebook
    from jobs.public import Run as Run
    from jobs.public import open_run as open_run
    from jobs.reproduction.pictures import pictures as pictures

_HOMES = {
    "open_run": "jobs.public",
    "Run": "jobs.public",
    "Notebook": "jobs.notebooks",
    "draw_example": "jobs.loop.example",
    "make_example": "jobs.loop.example",
    "pictures": "jobs.reproduction.pictures",
    "ConceptfreqError": "jobs.errors",
    "SettingsError": "jobs.errors",
}
__all__ = [
    "ConceptfreqError",
    "Notebook",
    "Run",
    "SettingsError",
    "draw_example",
    "make_example",
    "open_run",
    "pictures",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'jobs' has no attribute {name!r}; it offers {', '.join(__all__)}")
    return getattr(import_module(_HOMES[name]), name)
