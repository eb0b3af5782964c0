"""Samples for the cards of a report: those that `samples` draws, and none that a search finds what is hidden in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from seen_lakes import NAMES, SeenLake, seen_lake

from jobs.core import reading, stretches
from jobs.core.context import Context
from jobs.results.samples.drawn_samples import SampleKey, draw
from jobs.results.samples.holders import find_holders
from jobs.results.samples.indexed import chosen_threshold
from jobs.results.samples.strips import SampleStrips, draw_strips
from jobs.settings.settings import Settings

CONCEPTS = ("bonnet", "bookcase", "goldfish", "lion")


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> SeenLake:
    return seen_lake(tmp_path_factory.mktemp("seen"))


def asking(seen: SeenLake, **changes: Any) -> Context:
    """The context of the lake with these settings of samples."""
    given = seen.context.settings.model_dump()
    given["report"] = {"samples": {"without": [], "per_concept": 3, **changes}}
    return Context.looking(Settings.model_validate(given), seen.context.lake, "report")


def strips(seen: SeenLake, concepts: tuple[str, ...] = CONCEPTS, **changes: Any) -> SampleStrips:
    context = asking(seen, **changes)
    assert context.settings.report.samples
    return draw_strips(context, concepts, context.settings.report.samples)


def shown(found: SampleStrips, concept: str) -> list[SampleKey]:
    return [found.samples[place].key for place in found.of_concept.get(concept, ())]


@pytest.mark.parametrize("search", ["text", "image", "integrated"])
@pytest.mark.parametrize("stretch", [1, stretches.SAMPLES], ids=["a shard a stretch", "one stretch"])
def test_they_are_those_of_the_command(
    seen: SeenLake, search: Any, stretch: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stretches, "SAMPLES", stretch)
    found = strips(seen, search=search, seed=5)
    threshold = chosen_threshold(seen.context.settings, search, None)
    for concept in CONCEPTS:
        holders = find_holders(seen.context, seen.context.settings.corpora[0], concept, search, threshold)
        [one] = draw([holders], 3, 5)
        drawn = {("tiny", one.shards[shard], at) for shard, at in zip(one.shard, one.ordinal.tolist(), strict=True)}
        assert set(shown(found, concept)) == drawn and len(shown(found, concept)) == len(drawn)
    assert len({one.key for one in found.samples}) == len(found.samples) and not found.troubles
    if search != "image":
        assert {one.caption for one in found.samples if one.key in shown(found, "lion")} == {"lion"}
    assert shown(strips(seen, search=search, seed=6), "bonnet") != shown(found, "bonnet")


def test_what_is_hidden_is_found_by_no_search(seen: SeenLake) -> None:
    """Every sample that names or shows a hidden name is left out, however low the tagger's score of it."""
    hidden = NAMES[0]
    found = strips(seen, NAMES, search="image", without=[hidden, "nothing"], per_concept=24)
    numbers = {f"{shard:05}.tar": shard for shard in range(3)}
    at = {(numbers[shard], ordinal) for key in found.samples for _, shard, ordinal in [key.key]}
    assert at and not any(hidden in seen.named[one] or hidden in seen.scores[one] for one in at)
    plain = strips(seen, NAMES, search="image", per_concept=24)
    assert any(hidden in seen.scores[numbers[one.key[1]], one.key[2]] for one in plain.samples)
    held = sum(hidden in seen.named[one] or hidden in seen.scores[one] for one in seen.shown)
    assert found.told.endswith(f"a search finds '{hidden}' ({held:,}), 'nothing' (0).")
    assert hidden not in found.of_concept and plain.told == "Drawn by seed 0 among those that image search finds."


def test_what_a_search_could_not_look_at_is_not_shown(tmp_path: Path) -> None:
    seen = seen_lake(tmp_path)
    lake = seen.context.lake
    rows = [row for row in lake.rows("postings") if row["spec"].startswith("index-text")]
    for row in rows:
        row["ordinals"] = [ordinal for ordinal in row["ordinals"] if ordinal % 2 == 0]
    lake.replace_rows("postings", {"corpus": "tiny", "spec": rows[0]["spec"]}, [row for row in rows if row["ordinals"]])
    found = strips(seen, NAMES, search="image", without=["nothing"], per_concept=24)
    assert found.samples and not any(one.key[2] % 2 for one in found.samples)
    plain = strips(seen, NAMES, search="image", per_concept=24)
    assert any(one.key[2] % 2 for one in plain.samples)


def test_what_no_search_can_tell_shows_nothing(seen: SeenLake) -> None:
    found = strips(seen, without=["!!"])
    assert not found.samples and not found.of_concept
    assert "no search can tell whether a sample of tiny holds '!!'" in found.troubles[0]


def test_a_corpus_for_spark_shows_nothing(seen: SeenLake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "SAMPLES_HERE", 5)
    found = strips(seen)
    assert not found.samples and "only Spark reads" in found.troubles[0]


def test_nothing_asked_nothing_shown(seen: SeenLake) -> None:
    assert not strips(seen, ()).samples


def test_a_search_that_is_not_there_is_refused(seen: SeenLake, tmp_path: Path) -> None:
    given = seen.context.settings.model_dump()
    given |= {"captions": None, "report": {"samples": {"without": [], "search": "integrated"}}}
    with pytest.raises(ValueError, match=r"integrated search needs the section 'captions'"):
        Settings.model_validate(given)
    given["report"] = {"samples": {}}
    with pytest.raises(ValueError, match="without"):
        Settings.model_validate(given)
