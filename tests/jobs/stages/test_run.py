"""Runs over a small corpus: counts that can be worked by hand, and what is not done twice."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import lakes
import pytest
import tiny

from jobs.core import listing
from jobs.core.context import Context
from jobs.errors import ConceptfreqError, SettingsError, SpecChanged
from jobs.lake.lake import Lake
from jobs.results.counts.frequencies import frequencies
from jobs.settings.settings import Settings

# Worked by hand from tiny.CAPTIONS; "Tigers" and "leaves" are plurals, "New York" is a name.
BY_HAND = {"dog": 3, "cat": 3, "bicycle": 2, "tiger": 1, "new_york": 1, "leaf": 1, "unicorn": 0, "737": None}


def counted(spark: Any, settings: dict[str, Any], search: str = "text") -> dict[str, int | None]:
    checked = Settings.model_validate(settings)
    found = frequencies(Context(checked, Lake(spark, checked.lake)), checked.corpora[0], search)
    return {row.concept: row.frequency for row in found}


def ledger(spark: Any, settings: dict[str, Any]) -> dict[tuple[str, str], dict[str, Any]]:
    rows = Lake(spark, settings["lake"]).rows("shards")
    return {(row["stage"], row["shard"]): row for row in rows}


def test_counts_are_those_worked_by_hand(spark: Any, tmp_path: Path) -> None:
    tiny.corpus(tmp_path / "corpus")
    settings = tiny.settings_dict(tmp_path)
    result = tiny.run_here(spark, settings)
    assert result.complete and not result.failed
    assert counted(spark, settings) == BY_HAND
    rows = Lake(spark, settings["lake"]).rows("concept_counts", measure="concept")
    reasons = {row["concept"]: row["unanswerable"] for row in rows if row["unanswerable"]}
    assert list(reasons) == ["737"] and "digits" in reasons["737"]


def test_a_second_run_writes_nothing(spark: Any, tmp_path: Path) -> None:
    tiny.corpus(tmp_path / "corpus")
    settings = tiny.settings_dict(tmp_path)
    tiny.run_here(spark, settings)
    before = lakes.versions(tmp_path / "lake")
    assert tiny.run_here(spark, settings).idle
    assert lakes.versions(tmp_path / "lake") == before


def test_a_new_shard_is_the_only_one_read(spark: Any, tmp_path: Path) -> None:
    tiny.corpus(tmp_path / "corpus", tiny.CAPTIONS[:2])
    settings = tiny.settings_dict(tmp_path)
    tiny.run_here(spark, settings)
    before = ledger(spark, settings)
    tiny.write_shard(tmp_path / "corpus" / "00002.tar", [("k", "a dog on a bicycle", None)])
    tiny.run_here(spark, settings)
    after = ledger(spark, settings)
    touched = {key for key, row in after.items() if row != before.get(key) and key[0] != "totals"}
    assert touched == {(stage, "00002.tar") for stage in ("ingest", "captions", "index", "count")}
    assert counted(spark, settings)["dog"] == 4


def test_a_changed_shard_replaces_what_it_was(spark: Any, tmp_path: Path) -> None:
    tiny.corpus(tmp_path / "corpus")
    settings = tiny.settings_dict(tmp_path)
    tiny.run_here(spark, settings)
    tiny.write_shard(tmp_path / "corpus" / "00000.tar", [("only", "a unicorn", None)])
    tiny.run_here(spark, settings)
    assert counted(spark, settings) == {**BY_HAND, "dog": 2, "cat": 1, "tiger": 0, "unicorn": 1}


def test_a_new_concept_parses_no_caption(spark: Any, tmp_path: Path) -> None:
    tiny.corpus(tmp_path / "corpus")
    settings = tiny.settings_dict(tmp_path)
    tiny.run_here(spark, settings)
    before = ledger(spark, settings)
    # Were a shard opened or listed for it, this would fail.
    (tmp_path / "concepts.txt").write_text("\n".join([*tiny.CONCEPTS, "river"]), encoding="utf-8")
    tiny.run_here(spark, settings)
    after = ledger(spark, settings)
    assert all(after[key] == row for key, row in before.items() if key[0] in ("ingest", "captions"))
    assert all(after[key]["attempt"] == 2 for key in before if key[0] == "count")
    assert counted(spark, settings) == {**BY_HAND, "river": 1}


def test_a_changed_setting_is_refused_by_name(spark: Any, tmp_path: Path) -> None:
    tiny.corpus(tmp_path / "corpus")
    tiny.run_here(spark, tiny.settings_dict(tmp_path))
    before = lakes.versions(tmp_path / "lake")
    changed = tiny.settings_dict(tmp_path, captions={"pipeline": "en_core_web_sm", "max_characters": 9})
    with pytest.raises(SpecChanged, match=r"max_characters: was 100000, now 9[\s\S]*--new-spec"):
        tiny.run_here(spark, changed)
    assert lakes.versions(tmp_path / "lake") == before
    tiny.run_here(spark, changed, new_spec=True)
    # A run with a new spec reads its models late, and records them as every run does: looking needs no model.
    first, second = (json.loads(row["identities"]) for row in Lake(None, changed["lake"]).rows("runs"))
    assert first == second and any("en_core_web_sm" in key for key in first)
    assert counted(spark, changed)["dog"] == 1
    assert counted(spark, tiny.settings_dict(tmp_path)) == BY_HAND


def test_another_match_mode_is_another_spec(spark: Any, tmp_path: Path) -> None:
    tiny.corpus(tmp_path / "corpus")
    tiny.run_here(spark, tiny.settings_dict(tmp_path))
    with pytest.raises(SpecChanged, match='match: was "strict", now "phrase"'):
        tiny.run_here(spark, tiny.settings_dict(tmp_path, captions={"match": "phrase"}))
    paper = tiny.settings_dict(tmp_path, captions={"match": "paper"})
    with pytest.raises(SpecChanged, match="clean: was true, now false"):
        tiny.run_here(spark, paper)
    tiny.run_here(spark, paper, new_spec=True)
    found = counted(spark, paper)
    # Names keep their capitals in the paper's index, and terms that occur nowhere are dropped.
    assert found["new_york"] == 0 and found["dog"] == 3 and found["737"] == 0


def test_an_empty_shard_has_its_rows_in_the_ledger(spark: Any, tmp_path: Path) -> None:
    tiny.corpus(tmp_path / "corpus", [["a dog"], []])
    settings = tiny.settings_dict(tmp_path)
    assert tiny.run_here(spark, settings).complete
    rows = ledger(spark, settings)
    assert rows["ingest", "00001.tar"]["samples"] == 0 and rows["count", "00001.tar"]["state"] == "done"


def test_a_stage_whose_section_is_missing_is_refused(spark: Any, tmp_path: Path) -> None:
    tiny.corpus(tmp_path / "corpus")
    settings = tiny.settings_dict(tmp_path)
    with pytest.raises(SettingsError, match="section 'images'"):
        tiny.run_here(spark, settings, ["images"])
    with pytest.raises(SettingsError, match="section 'evaluate'"):
        tiny.run_here(spark, settings, ["evaluate"])


def test_counts_of_other_settings_are_not_handed_out(spark: Any, tmp_path: Path) -> None:
    tiny.corpus(tmp_path / "corpus")
    settings = tiny.settings_dict(tmp_path)
    tiny.run_here(spark, settings)
    (tmp_path / "others.txt").write_text("river\nmat\n", encoding="utf-8")
    others = {**settings, "concepts": [{"name": "others", "file": str(tmp_path / "others.txt")}]}
    with pytest.raises(ConceptfreqError, match="other concepts or thresholds .*: run `conceptfreq count`"):
        counted(spark, others)
    tiny.run_here(spark, others)
    assert counted(spark, others) == {"river": 1, "mat": 1}
    # What the totals say of found samples is now about the concepts of that run.
    with pytest.raises(ConceptfreqError, match="other concepts or thresholds"):
        counted(spark, settings)
    tiny.run_here(spark, settings)
    assert counted(spark, settings) == BY_HAND


def test_a_shard_that_cannot_be_fetched_fails_and_is_tried_again(
    spark: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tiny.corpus(tmp_path / "corpus", [*tiny.CAPTIONS, ["one more dog"]])
    settings = tiny.settings_dict(tmp_path)
    listed = listing.list_shards(Settings.model_validate(settings).corpora[0])
    # It is listed, and gone when it is read.
    (tmp_path / "corpus" / "00003.tar").rename(tmp_path / "away.tar")
    monkeypatch.setattr(listing, "list_shards", lambda corpus: listed)
    result = tiny.run_here(spark, settings)
    assert result.failed == 1 and not result.complete
    row = ledger(spark, settings)["ingest", "00003.tar"]
    assert row["state"] == "failed" and "cannot be read" in row["detail"]
    assert counted(spark, settings) == BY_HAND
    (tmp_path / "away.tar").rename(tmp_path / "corpus" / "00003.tar")
    assert tiny.run_here(spark, settings).complete
    assert counted(spark, settings) == {**BY_HAND, "dog": 4}
