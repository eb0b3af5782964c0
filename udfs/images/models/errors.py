"""What a model that cannot be used raises."""

from __future__ import annotations


class ModelError(ValueError):
    """A model that cannot be built as asked."""
