"""Lists that have become longer: only new concepts are counted, and the tables are those of the whole list."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import tiny

from jobs.core.context import Context
from jobs.core.waves import Plan
from jobs.lake.lake import Lake
from jobs.settings.settings import Settings
from jobs.stages import count, longer_lists
from jobs.stages.longer_lists import Longer

SHORTER = ("dog", "cat", "tiger", "unicorn")
TABLES = ("concepts", "shard_counts", "concept_counts")
# Every label that has a score above 0.01 is a concept of some test picture.
TAGGER = {**tiny.TAGGER, "floor": 0.001, "threshold": 0.01}


def write_list(folder: Path, concepts: tuple[str, ...]) -> None:
    (folder / "concepts.txt").write_text("\n".join(concepts) + "\n", "utf-8")


def planned(spark: Any, settings: dict[str, Any]) -> Plan:
    """The plan of the stage `count`."""
    checked = Settings.model_validate(settings)
    return count.plan(Context(checked, Lake(spark, checked.lake)), checked.corpora[0])


def longer_of(spark: Any, settings: dict[str, Any]) -> Longer:
    """What a plan would count of new concepts alone."""
    return planned(spark, settings).build.__self__._longer  # type: ignore[attr-defined]


def rows(lake: str) -> dict[str, list[str]]:
    """The tables of counts, without when they were made."""
    return {name: sorted(map(str, Lake(None, lake).rows(name))) for name in TABLES}


def counted_anew(spark: Any, folder: Path, settings: dict[str, Any]) -> dict[str, list[str]]:
    """The tables of a lake that has never known another list."""
    fresh = {**settings, "lake": str(folder / "fresh")}
    assert tiny.run_here(spark, fresh).complete
    return rows(fresh["lake"])


@pytest.mark.parametrize("match", ["strict", "phrase", "substring", "paper"])
def test_a_longer_list_ends_as_if_it_had_been_counted_at_once(spark: Any, tmp_path: Path, match: str) -> None:
    images = match == "strict"
    tiny.corpus(tmp_path / "corpus", images=images)
    more = {"images": {"tagger": TAGGER, "batch_size": 4}} if images else {}
    settings = tiny.settings_dict(tmp_path, captions={"match": match}, **more)
    # A picture of noise has the labels of textures, if any: with these, images and both searches find something.
    seen = ("velvet", "doormat", "window_screen") if images else ()
    write_list(tmp_path, (*SHORTER, *seen[:1]))
    assert tiny.run_here(spark, settings).complete
    write_list(tmp_path, (*tiny.CONCEPTS, *seen))
    longer = longer_of(spark, settings)
    assert set(longer.concepts) == {*tiny.CONCEPTS, *seen} - {*SHORTER, *seen[:1]} and len(longer.shards) == 3
    assert tiny.run_here(spark, settings).complete
    assert rows(settings["lake"]) == counted_anew(spark, tmp_path, settings)


def test_new_shards_and_new_concepts_come_together(spark: Any, tmp_path: Path) -> None:
    tiny.corpus(tmp_path / "corpus")
    settings = tiny.settings_dict(tmp_path)
    write_list(tmp_path, SHORTER)
    assert tiny.run_here(spark, settings).complete
    write_list(tmp_path, tiny.CONCEPTS)
    # One shard is new, one has other captions.
    tiny.corpus(tmp_path / "corpus", [["a dog rides a bicycle"], *tiny.CAPTIONS[1:], ["a tiger in New York"]])
    assert tiny.run_here(spark, settings, ["ingest", "captions", "index"]).complete
    assert longer_of(spark, settings).shards == {"00001.tar", "00002.tar"}
    assert tiny.run_here(spark, settings).complete
    assert rows(settings["lake"]) == counted_anew(spark, tmp_path, settings)


def test_a_list_that_is_the_same_costs_nothing(spark: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tiny.corpus(tmp_path / "corpus")
    settings = tiny.settings_dict(tmp_path)
    assert tiny.run_here(spark, settings).complete

    def asked(*_: object) -> None:
        raise AssertionError("500,000 concepts take seconds")

    monkeypatch.setattr(longer_lists, "with_digest", asked)
    tiny.write_shard(tmp_path / "corpus" / "00003.tar", [("new", "a dog", None)])
    assert tiny.run_here(spark, settings, ["ingest", "captions", "index"]).complete
    assert longer_of(spark, settings) == Longer()
    assert tiny.run_here(spark, settings).complete
    monkeypatch.setattr(longer_lists, "counted_questions", asked)
    assert longer_of(spark, settings) == Longer()


def test_all_is_counted_again_if_a_concept_left_or_another_list_had_it(spark: Any, tmp_path: Path) -> None:
    tiny.corpus(tmp_path / "corpus")
    settings = tiny.settings_dict(tmp_path)
    assert tiny.run_here(spark, settings).complete
    write_list(tmp_path, SHORTER)
    assert longer_of(spark, settings) == Longer()
    # The lake knows the concept from this list; under the other list's name it becomes one of the run's own.
    (tmp_path / "other.txt").write_text("leaf\nriver\n", "utf-8")
    other = {**settings, "concepts": [{"name": "other", "file": str(tmp_path / "other.txt")}]}
    assert longer_of(spark, other) == Longer()
    assert tiny.run_here(spark, other).complete
    [row] = Lake(None, settings["lake"]).rows("concept_counts", ["frequency"], concept="river")
    assert row["frequency"] == 1


def test_counts_without_bitmaps_are_made_again(spark: Any, tmp_path: Path) -> None:
    tiny.corpus(tmp_path / "corpus")
    settings = tiny.settings_dict(tmp_path)
    write_list(tmp_path, SHORTER)
    assert tiny.run_here(spark, settings).complete
    lake = Lake(spark, settings["lake"])
    # As a lake of schema version 6 is after its migration.
    [older] = lake.rows("shard_counts", shard="00001.tar")
    where = {"corpus": "tiny", "spec": older["spec"], "shard": "00001.tar"}
    lake.replace_rows("shard_counts", where, [{**older, "found_samples": None}])
    write_list(tmp_path, tiny.CONCEPTS)
    assert longer_of(spark, settings).shards == {"00000.tar", "00002.tar"}
    assert tiny.run_here(spark, settings).complete
    assert rows(settings["lake"]) == counted_anew(spark, tmp_path, settings)
