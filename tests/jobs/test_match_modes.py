"""Match modes with an index of their own beside each other in one lake: counts by hand, and what is not done twice."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import lakes
import pytest
import tiny

from jobs.audit import audit
from jobs.core.errors import SpecChanged
from jobs.core.lake import Lake
from jobs.core.settings import Settings
from jobs.counts import frequencies
from jobs.lookup import look_up

CONCEPTS = (*tiny.CONCEPTS, "striped")
# Worked by hand from tiny.CAPTIONS.
RAW = {"dog": 3, "cat": 3, "bicycle": 2, "tiger": 0, "new_york": 1, "leaf": 0, "unicorn": 0, "737": 0, "striped": 0}
SUBSTRING = {**RAW, "new_york": 0}


def counted(spark: Any, settings: dict[str, Any]) -> dict[str, int | None]:
    checked = Settings.model_validate(settings)
    rows = frequencies(Lake(spark, checked.lake), checked, checked.corpora[0], "text")
    return {row.concept: row.frequency for row in rows}


def passes(spark: Any, settings: dict[str, Any]) -> list[dict[str, Any]]:
    """The ledger of everything before counting."""
    rows = Lake(spark, settings["lake"]).rows("shards")
    return sorted((row for row in rows if row["stage"] in ("ingest", "captions")), key=str)


def grow(folder: Path, *more: str) -> None:
    (folder / "concepts.txt").write_text("\n".join([*CONCEPTS, *more]) + "\n", encoding="utf-8")


@pytest.mark.timeout(600)
def test_raw_and_substring_beside_each_other(spark: Any, tmp_path: Path) -> None:
    tiny.corpus(tmp_path / "corpus")
    grow(tmp_path)
    raw = tiny.settings_dict(tmp_path, captions={"match": "raw"})
    substring = tiny.settings_dict(tmp_path, captions={"match": "substring"})
    ignoring = tiny.settings_dict(tmp_path, captions={"match": "substring", "ignore_case": True})
    assert tiny.run_here(spark, raw).complete
    assert counted(spark, raw) == RAW

    with pytest.raises(SpecChanged, match=r"index: was \"tokens\", now \"text\"[\s\S]*--new-spec"):
        tiny.run_here(spark, substring)
    assert tiny.run_here(spark, substring, new_spec=True).complete
    assert counted(spark, substring) == SUBSTRING

    # Neither a grown list nor another case needs a caption again.
    before = passes(spark, raw)
    grow(tmp_path, "tigers", "a red bicycle", "_")
    more = {"tigers": 1, "a red bicycle": 1, "_": None}
    for settings, expected in ((raw, RAW), (substring, SUBSTRING), (ignoring, {**SUBSTRING, "new_york": 1})):
        assert tiny.run_here(spark, settings, new_spec=settings is ignoring).complete
        assert counted(spark, settings) == expected | more
    assert passes(spark, raw) == before

    checked = Settings.model_validate(raw)
    lake = Lake(spark, checked.lake)
    assert "2 samples" in str(look_up(lake, checked, "bicycle")[0])
    found = {(one.kind, one.concept) for one in audit(lake, checked).findings}
    assert found == {("unanswerable", "_"), ("zeros", None)}
    assert tiny.run_here(spark, raw, ["report"]).complete


def test_the_table_of_concepts_stays_the_nouns(spark: Any, tmp_path: Path) -> None:
    tiny.corpus(tmp_path / "corpus", tiny.CAPTIONS[:1])
    grow(tmp_path)
    tiny.run_here(spark, tiny.settings_dict(tmp_path))
    before = Lake(spark, str(tmp_path / "lake")).rows("concepts")
    versions = lakes.versions(tmp_path / "lake")
    raw = tiny.settings_dict(tmp_path, captions={"match": "raw"})
    tiny.run_here(spark, raw, new_spec=True)
    assert Lake(spark, str(tmp_path / "lake")).rows("concepts") == before
    assert lakes.versions(tmp_path / "lake")["concepts"] == versions["concepts"]
    # What no noun search can answer is counted here.
    checked = Settings.model_validate(raw)
    assert [one.kind for one in audit(Lake(spark, checked.lake), checked).findings] == ["zeros"]
    specs = Lake(spark, checked.lake).rows("specs", stage="text")
    assert {json.loads(row["body"])["match"] for row in specs} == {"strict", "raw"}
