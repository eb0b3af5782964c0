"""The error of a model that cannot be used."""

from __future__ import annotations


class ModelError(ValueError):
    """A model cannot be built from its settings."""
