"""Names are offered for what somebody types: those that begin so first, the shortest before others."""

from __future__ import annotations

import pyarrow as pa

from jobs.results.concept_names import ConceptNames


def test_names_like_a_text() -> None:
    columns = [
        pa.chunked_array([["New_York", "york", "newt", "dog"]]),
        pa.chunked_array([["dog", "a.b", "Old New York"]]),
    ]
    names = ConceptNames.of(columns)
    assert len(names) == 6
    assert names.like("NEW", 9) == ["newt", "New_York", "Old New York"] and names.like("new", 1) == ["newt"]
    assert names.like("new_y", 9) == ["New_York", "Old New York"] and names.like(".", 9) == ["a.b"]
    assert names.like("zebra", 9) == [] and ConceptNames.of([]).like("a", 9) == []
