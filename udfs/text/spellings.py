"""When two names are spelled alike."""

from __future__ import annotations

from udfs.text.letters import in_one_form


def spelling(name: str) -> str:
    """A name without its case, underscores, spaces and the form of its letters (`udfs.text.letters`).

    Labels and descriptions by others are matched to a name by its spelling.
    """
    return " ".join(in_one_form(name).replace("_", " ").lower().split())
