"""Functions for executors, and the same as column functions for anyone's own DataFrame.

Names are resolved on first use: a worker that looks for nouns imports no torch, and a worker that tags images imports
no spaCy.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

_HOMES = {
    "noun_lemmas": "udfs.text.columns",
    "image_tags": "udfs.images.columns",
    "clip_embedding": "udfs.images.columns",
    "register": "udfs.registration",
}
__all__ = ["clip_embedding", "image_tags", "noun_lemmas", "register"]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'udfs' has no attribute {name!r}; it offers {', '.join(__all__)}")
    return getattr(import_module(_HOMES[name]), name)
