"""Rankings find and order concepts as the rows of counts do."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from published_counts import add_counts, kept_lake

from jobs.core.context import Context
from jobs.lake.lake import Lake
from jobs.results.counts.answers import Frequency
from jobs.results.counts.frequencies import frequencies
from jobs.results.counts.published_counts import published_frequencies
from jobs.results.counts.rankings import Ranking, own_rankings, published_rankings
from jobs.settings.loading import load_settings


@pytest.fixture
def context(tmp_path: Path) -> Context:
    """The kept lake, with published counts."""
    settings = load_settings(str(kept_lake(tmp_path)))
    lake = Lake(None, settings.lake)
    add_counts(lake, "theirs", {"pets": {"dog": 5, "cat": 7}, "more": {"dog": 5}})
    return Context.looking(settings, lake, "lookup")


def rows(rankings: list[Ranking]) -> set[Frequency]:
    return {row for one in rankings for name in one.rows["concept"].to_pylist() for row in one.of(name)}


def test_they_hold_the_rows_of_counts(context: Context) -> None:
    corpus = context.settings.corpora[0]
    own = {row for search in ("text", "image", "integrated") for row in frequencies(context, corpus, search)}
    assert rows(own_rankings(context, corpus)) == own
    assert rows(published_rankings(context)) == set(published_frequencies(context))


def test_orders_ranks_and_parts_of_names() -> None:
    names = ["bee", "ant", "cow", "dog", "Anteater"]
    table = pa.table({"concept": names, "frequency": [3, 9, 3, None, 0], "unanswerable": [None] * 3 + ["why", None]})
    ranking = Ranking(Frequency("c", "text", None, "", None, None, 20), table)

    def ordered(*question: object) -> list[str]:
        return [row.concept for row in ranking.ordered(*question)]  # type: ignore[arg-type]

    assert ordered("most", None, 0, 9) == ["ant", "bee", "cow", "Anteater", "dog"]
    assert ordered("least", None, 0, 3) == ["Anteater", "bee", "cow"] and ordered("least", None, 4, 3) == ["dog"]
    assert ordered("name", "ANT", 0, 9) == ["Anteater", "ant"] and ordered("most", "x", 0, 9) == []
    assert [ranking.rank(frequency) for frequency in (9, 3, 0, 4)] == [1, 2, 4, 2]
    assert ranking.found == 3 and np.array_equal(ranking.ascending, [0, 3, 3, 9])
    assert [*ranking.of("dog")][0].unanswerable == "why" and not [*ranking.of("x")]
