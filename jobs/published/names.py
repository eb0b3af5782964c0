"""Concepts that the authors' evaluations and their counts name differently. The tables keep the names as published."""

from __future__ import annotations

from jobs.core.settings import Settings
from jobs.published.layout import load_layout


def name_fixes(settings: Settings) -> dict[str, dict[str, str]]:
    """Set -> a concept's name in the evaluations -> its name in the counts, for whoever pairs the two.

    Raises SettingsError where the layout that holds them cannot be read.
    """
    return load_layout(settings).name_fixes
