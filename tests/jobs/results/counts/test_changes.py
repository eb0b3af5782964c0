"""Two states of counts against a plain loop over all their concepts."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from jobs.results.counts.answers import Frequency
from jobs.results.counts.changes import compare

FREQUENCIES = st.dictionaries(st.sampled_from("abcdef"), st.none() | st.integers(0, 4))
STATES = st.dictionaries(st.sampled_from([None, 0.5, 0.7]), FREQUENCIES)


def rows(state: dict[float | None, dict[str, int | None]], samples: int) -> list[Frequency]:
    return [
        Frequency("c", search_at(limit), limit, concept, count, "no" if count is None else None, samples)
        for limit, counts in state.items()
        for concept, count in counts.items()
    ]


def search_at(limit: float | None) -> str:
    return "text" if limit is None else "image"


def what(before: int | None, now: int | None) -> str | None:
    if before == now:
        return None
    if before is None:
        return "appeared"
    if now is None:
        return "vanished"
    return "grew" if now > before else "shrank"


@given(STATES, STATES)
def test_every_concept_of_conditions_that_both_have(
    now: dict[float | None, dict[str, int | None]], before: dict[float | None, dict[str, int | None]]
) -> None:
    found = compare(rows(now, 9), rows(before, 5))
    shared = [limit for limit in now if now[limit] and before.get(limit)]
    pairs = [
        (limit, concept, before[limit].get(concept), now[limit].get(concept))
        for limit in shared
        for concept in {*now[limit], *before[limit]}
    ]
    expected = {(limit, one, was, has, what(was, has)) for limit, one, was, has in pairs if was != has}
    assert {(row.threshold, row.concept, row.before, row.frequency, row.what) for row in found.changes} == expected
    assert len(found.changes) == len(expected) and found.same == len(pairs) - len(expected)
    assert all(row.change == (row.frequency or 0) - (row.before or 0) and row.samples == 9 for row in found.changes)
    sizes = {limit: [abs(row.change) for row in found.changes if row.threshold == limit] for limit in shared}
    assert all(size == sorted(size, reverse=True) for size in sizes.values())
    one_sided = {limit for limit in (*now, *before) if bool(now.get(limit)) != bool(before.get(limit))}
    assert len(found.alone) == len(one_sided)
