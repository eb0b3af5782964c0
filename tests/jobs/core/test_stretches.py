"""Stretches hold every shard once, in order, end where files end if they can, and are given every file they need."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jobs.core import stretches
from jobs.core.stretches import cut, read_by
from jobs.lake.ledger import Unit
from jobs.lake.small_tables import Span

NAMES = [f"{number:02}" for number in range(20)]
WORK = st.lists(st.integers(0, 30), min_size=1, max_size=20)
SPANS = st.lists(st.tuples(st.integers(0, 19), st.integers(0, 19)).map(sorted), max_size=12)


def units(work: Sequence[int]) -> list[Unit]:
    return [Unit(name, "f", one) for name, one in zip(NAMES, work, strict=False)]


def spans(bounds: Sequence[Sequence[int]]) -> list[Span]:
    return [Span(f"file {number}", NAMES[first], NAMES[last]) for number, (first, last) in enumerate(bounds)]


@settings(deadline=None)
@given(WORK, SPANS)
def test_every_shard_is_in_one_stretch_and_has_its_files(work: list[int], bounds: list[list[int]]) -> None:
    given_units, files = units(work), spans(bounds)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stretches, "SAMPLES", 20)
        found = cut(given_units[::-1], files)
    assert [shard for stretch in found for shard in stretch] == [unit.shard for unit in given_units]
    size = {unit.shard: unit.work for unit in given_units}
    # No stretch could have ended a shard earlier for its length alone.
    assert all(sum(size[shard] for shard in stretch[:-1]) < 40 for stretch in found)
    pairs = set(read_by(found, files))
    for number, stretch in enumerate(found):
        needed = {span.path for span in files if any(span.first <= shard <= span.last for shard in stretch)}
        between = {span.path for span in files if span.first <= stretch[-1] and span.last >= stretch[0]}
        assert needed <= {path for part, path in pairs if part == number} <= between


def test_a_stretch_ends_where_no_file_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stretches, "SAMPLES", 20)
    given_units = units([10] * 9)
    assert cut(given_units, []) == [NAMES[0:2], NAMES[2:4], NAMES[4:6], NAMES[6:8], NAMES[8:9]]
    # Files of three shards each, as stretches of another length once wrote them.
    files = spans([[0, 2], [3, 5], [6, 8]])
    found = cut(given_units, files)
    assert found == [NAMES[0:3], NAMES[3:6], NAMES[6:9]]
    assert list(read_by(found, files)) == [(0, "file 0"), (1, "file 1"), (2, "file 2")]
    # One file of all of them holds a stretch to twice the length.
    assert cut(given_units, spans([[0, 8]])) == [NAMES[0:4], NAMES[4:8], NAMES[8:9]]
