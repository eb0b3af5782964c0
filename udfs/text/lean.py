"""Imports spaCy without torch, for workers that need none.

thinc, which spaCy is built on, imports torch if it is installed: 500 MB and 8 s in each worker, for pipelines that
never use it.
"""

from __future__ import annotations

import sys
from importlib.util import find_spec
from typing import Any

from udfs.text.pipelines import pipeline_folder

_claimed = False


def claim_process() -> None:
    """Declare that this process is conceptfreq's own: pipelines that it loads may do without torch."""
    global _claimed
    _claimed = True


def is_claimed() -> bool:
    """Whether the process was declared conceptfreq's own."""
    return _claimed


def import_spacy(pipeline: str) -> None:
    """Import spaCy without torch if the pipeline of that name uses none.

    This is for processes that use spaCy only to run this pipeline: thinc cannot use torch in them afterwards; other
    libraries can. It does nothing if torch or thinc is already imported, or if the pipeline or spaCy is not installed.
    """
    if {"torch", "thinc"} & set(sys.modules) or find_spec("spacy") is None or _uses_torch(pipeline):
        return
    modules: dict[str, Any] = sys.modules
    # None in sys.modules is the import system's own sign that a module cannot be imported.
    modules["torch"] = None
    try:
        import spacy  # noqa: F401
    finally:
        del modules["torch"]


def _uses_torch(pipeline: str) -> bool:
    try:
        configs = list(pipeline_folder(pipeline).rglob("config.cfg"))
    except ValueError:
        return True
    texts = [config.read_text("utf-8").lower() for config in configs]
    return not texts or any(word in text for text in texts for word in ("torch", "transformer"))
