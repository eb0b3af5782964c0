"""Concepts that are more than a name: the samples that hold a concept, from those that hold each name by itself.

A definition has alternatives, of which a sample holds at least one, required names, of which it holds all, and excluded
names, of which it holds none. A concept is the union of some definitions: its own, and those of the concepts below it.
"""

from __future__ import annotations

from dataclasses import dataclass

from udfs.counting.arrays import RaggedArray
from udfs.counting.sets import Sets


@dataclass(frozen=True)
class Definitions:
    """Definitions of concepts, in numbers of `names` names.

    alternatives, excluded: the names of each definition. required: the definition's own number, and those of its
    required names plus the number of definitions. concepts: the definitions of each concept.
    """

    names: int
    alternatives: RaggedArray
    required: RaggedArray
    excluded: RaggedArray
    concepts: RaggedArray

    def combined(self, names: Sets) -> Sets:
        """The samples that hold each concept, of those that hold each name, which have no scores."""
        held = names.unions(self.alternatives).beside(names).intersections(self.required)
        return held.without(names.unions(self.excluded)).unions(self.concepts)

    def highest(self, names: Sets) -> Sets:
        """The highest score that an alternative of each concept has, by sample, whatever is required or excluded."""
        return names.unions(self.alternatives).unions(self.concepts)
