"""Samples indexed by their attributes: beside everything else, one attribute at a time, and every sample once."""

from __future__ import annotations

import zipfile
from collections import Counter
from pathlib import Path
from typing import Any

import lakes
import pytest
import tiny
from attributed import index_attributes

from jobs.core.context import Context
from jobs.core.stage import Result
from jobs.core.written import Written
from jobs.errors import SettingsError, StageFailed
from jobs.lake.lake import Lake
from jobs.lake.tables import SCHEMA_VERSION
from jobs.results.samples.breakdowns import break_down
from jobs.settings.settings import Settings
from jobs.stages import attributes, count

GOLDEN = Path(__file__).resolve().parents[2] / "golden" / f"lake-{SCHEMA_VERSION}.zip"
SHARDS = 3
TAGGER = {**tiny.TAGGER, "floor": 0.00001, "threshold": [0.0001, 0.001]}


def committed(result: Result) -> dict[str, int]:
    """The shards on which each stage worked."""
    return {summary.stage: summary.committed for summary in result.stages}


def indexed(lake: str, attribute: str) -> list[dict[str, Any]]:
    """The postings of an attribute."""
    rows = Lake(None, lake).rows("postings", ["spec", "key", "shard", "samples"])
    return [row for row in rows if row["spec"].startswith(f"attribute-{attribute}-")]


def test_only_what_is_due_is_written(tmp_path: Path) -> None:
    with zipfile.ZipFile(GOLDEN) as archive:
        archive.extractall(tmp_path / "lake")

    def due(*names: str) -> tuple[list[str], int, int]:
        """The attributes that are written, all that are planned, and the pending shards."""
        settings = Settings.model_validate(tiny.settings_dict(tmp_path, attributes=list(names)))
        plan = attributes.plan(Context(settings, Lake(None, settings.lake)), settings.corpora[0])
        assert plan.slice["spec"] == [spec.id for spec in plan.due or plan.specs]
        return [spec.stage for spec in plan.due], len(plan.specs), len(plan.pending)

    def index(*names: str) -> None:
        index_attributes(Settings.model_validate(tiny.settings_dict(tmp_path, attributes=list(names))))

    assert due("caption_length") == (["attribute-caption_length"], 1, SHARDS)
    index("caption_length")
    assert due("caption_length") == ([], 1, 0)
    assert due("domain", "caption_length") == (["attribute-domain"], 2, SHARDS)
    index("domain", "caption_length")
    assert due("domain", "caption_length") == ([], 2, 0)
    lake = Lake(None, str(tmp_path / "lake"))
    (spec,) = {row["spec"] for row in indexed(str(tmp_path / "lake"), "domain")}
    lake.replace_rows("shards", {"stage": "attributes", "spec": spec, "shard": "00001.tar"}, [])
    assert due("domain", "caption_length") == (["attribute-domain"], 2, 1)


def test_an_attribute_more_is_indexed_alone(spark: Any, tmp_path: Path) -> None:
    tiny.corpus(tmp_path / "corpus")
    settings = tiny.settings_dict(tmp_path, attributes=["caption_length"])
    assert committed(tiny.run_here(spark, settings))["attributes"] == SHARDS
    lengths = Counter[str]()
    for row in indexed(settings["lake"], "caption_length"):
        lengths[str(row["key"])] += row["samples"]
    # The ninth caption is empty; the first and the fifth have more than five words.
    assert lengths == {"None": 9, "caption_length:0": 1, "caption_length:1-5": 6, "caption_length:6-10": 2}

    before = lakes.table_rows(tmp_path / "lake" / "postings")
    settings["attributes"] = ["domain", "caption_length", "language"]
    done = committed(tiny.run_here(spark, settings))
    assert done == {"ingest": 0, "captions": 0, "index": 0, "attributes": SHARDS, "count": 0}
    assert set(before) < set(lakes.table_rows(tmp_path / "lake" / "postings"))
    attempts = Lake(None, settings["lake"]).rows("shards", ["spec", "attempt"], stage="attributes")
    assert {row["attempt"] for row in attempts} == {1} and len(attempts) == 3 * SHARDS
    assert {row["key"] for row in indexed(settings["lake"], "domain")} == {None, "domain:unknown"}

    tiny.corpus(tmp_path / "corpus", [*tiny.CAPTIONS, ["one more dog on one more mat"]])
    done = committed(tiny.run_here(spark, settings))
    assert set(done.values()) == {1}, "a new shard costs that shard only"
    without = Settings.model_validate({**settings, "attributes": []})
    assert not count.plan(Context(without, Lake(None, without.lake)), without.corpora[0]).pending


def test_it_needs_neither_captions_nor_images(spark: Any, tmp_path: Path) -> None:
    tiny.corpus(tmp_path / "corpus")
    settings = tiny.settings_dict(tmp_path, attributes=["language"], captions=None, concepts=[])
    assert committed(tiny.run_here(spark, settings)) == {"ingest": SHARDS, "attributes": SHARDS}
    assert tiny.run_here(spark, settings).idle


def test_tables_are_the_same_wave_by_wave_and_without_spark(spark: Any, tmp_path: Path) -> None:
    names = ["language", "domain", "caption_length", "image_size"]
    asked = {"attributes": names, "captions": None, "concepts": []}
    tiny.corpus(tmp_path / "corpus")
    for name, waves in (("one", {}), ("many", {"max_shards": 1})):
        settings = tiny.settings_dict(tmp_path, **asked, waves=waves) | {"lake": str(tmp_path / name)}
        assert tiny.run_here(spark, settings).complete
    lakes.assert_equal(tmp_path / "many", tmp_path / "one")
    settings["lake"] = str(tmp_path / "none")
    assert tiny.run_here(spark, settings, ["ingest"]).complete
    Lake(spark, settings["lake"]).ensure("postings")
    index_attributes(Settings.model_validate(settings))
    found, expected = lakes.tables(tmp_path / "none"), lakes.tables(tmp_path / "one")
    assert found["postings"] == expected["postings"] and found["shards"] == expected["shards"]


def test_breakdowns_of_images_add_up(spark: Any, tmp_path: Path) -> None:
    tiny.corpus(tmp_path / "corpus", images=True)
    made = tiny.settings_dict(tmp_path, images={"tagger": TAGGER, "batch_size": 4}, attributes=["caption_length"])
    assert tiny.run_here(spark, made).complete
    settings, lake = Settings.model_validate(made), Lake(None, made["lake"])
    context, corpus = Context.looking(settings, lake, "counts"), settings.corpora[0]
    for search in ("image", "integrated"):
        sums: Counter[tuple[float, str]] = Counter()
        for row in break_down(context, corpus, "caption_length", search).to_pylist():
            sums[row["threshold"], row["concept"]] += row["frequency"]
        counted = lake.rows("concept_counts", search=search, measure="concept")
        assert sums == {(row["threshold"], row["concept"]): row["frequency"] for row in counted if row["frequency"]}
        assert sums
    # Spark reads where the driver does not: the same rows.
    by_spark = Context.looking(settings, Lake(spark, made["lake"]), "counts")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("jobs.core.reading.SAMPLES_HERE", 2)
        found = break_down(by_spark, corpus, "caption_length", "integrated")
    assert found.equals(break_down(context, corpus, "caption_length", "integrated"))


def test_samples_that_were_not_indexed_are_missed(spark: Any, tmp_path: Path) -> None:
    tiny.corpus(tmp_path / "corpus")
    made = tiny.settings_dict(tmp_path, attributes=["domain"], captions=None, concepts=[])
    assert tiny.run_here(spark, made).complete
    settings, lake = Settings.model_validate(made), Lake(None, made["lake"])
    lake.replace_rows("shards", {"stage": "attributes"}, [])
    plan = attributes.plan(Context(settings, lake), settings.corpora[0])
    written = Written.of(lake, "postings", plan.slice, plan.pending)
    assert sum(outcome.samples for outcome in plan.verify(plan.pending, written).values()) == 9
    lake.replace_rows("postings", {"shard": "00001.tar"}, [])
    with pytest.raises(StageFailed, match="shard 00001.tar: 3 samples have the status ok, but 0 were indexed"):
        plan.verify(plan.pending, written)


def test_an_unknown_attribute_or_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="Input should be 'language', 'domain', 'caption_length' or 'image_size'"):
        Settings.model_validate(tiny.settings_dict(tmp_path, attributes=["mood"]))
    with pytest.raises(ValueError, match="'domain' is named twice"):
        Settings.model_validate(tiny.settings_dict(tmp_path, attributes=["domain", "domain"]))
    settings = Settings.model_validate(tiny.settings_dict(tmp_path))
    with pytest.raises(SettingsError, match="no attribute is named: set `attributes`"):
        attributes.plan(Context(settings, Lake(None, settings.lake)), settings.corpora[0])
