"""Match modes with an index of their own beside each other in one lake: counts by hand, and what is not done twice."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import pytest
import tiny

from jobs.cli import main
from jobs.core.context import Context
from jobs.errors import SpecChanged
from jobs.lake.lake import Lake
from jobs.results.audit import audit
from jobs.results.counts.frequencies import frequencies
from jobs.results.lookup import look_up
from jobs.settings.settings import Settings

CONCEPTS = (*tiny.CONCEPTS, "striped")
# Worked by hand from tiny.CAPTIONS.
RAW = {"dog": 3, "cat": 3, "bicycle": 2, "tiger": 0, "new_york": 1, "leaf": 0, "unicorn": 0, "737": 0, "striped": 0}
SUBSTRING = {**RAW, "new_york": 0}
MORE: dict[str, int | None] = {"tigers": 1, "a red bicycle": 1, "_": None}


def counted(spark: Any, settings: dict[str, Any]) -> dict[str, int | None]:
    checked = Settings.model_validate(settings)
    rows = frequencies(Context(checked, Lake(spark, checked.lake)), checked.corpora[0], "text")
    return {row.concept: row.frequency for row in rows}


def passes(spark: Any, settings: dict[str, Any]) -> list[dict[str, Any]]:
    """The ledger of everything before counting."""
    rows = Lake(spark, settings["lake"]).rows("shards")
    return sorted((row for row in rows if row["stage"] in ("ingest", "captions")), key=str)


def grow(folder: Path, *more: str) -> None:
    (folder / "concepts.txt").write_text("\n".join([*CONCEPTS, *more]) + "\n", encoding="utf-8")


def test_a_list_that_grows_needs_no_caption_again(spark: Any, tmp_path: Path) -> None:
    tiny.corpus(tmp_path / "corpus")
    grow(tmp_path)
    raw = tiny.settings_dict(tmp_path, captions={"match": "raw"})
    assert tiny.run_here(spark, raw).complete
    assert counted(spark, raw) == RAW
    before = passes(spark, raw)
    grow(tmp_path, *MORE)
    assert tiny.run_here(spark, raw).complete
    assert counted(spark, raw) == RAW | MORE
    assert passes(spark, raw) == before


@pytest.mark.long
@pytest.mark.timeout(1200)
def test_raw_and_substring_beside_strict(spark: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    tiny.corpus(tmp_path / "corpus")
    grow(tmp_path)
    strict, raw, substring, ignoring = (
        tiny.settings_dict(tmp_path, captions=captions)
        for captions in (
            {},
            {"match": "raw"},
            {"match": "substring"},
            {"match": "substring", "ignore_case": True},
        )
    )
    lake = Lake(spark, strict["lake"])
    tiny.run_here(spark, strict)
    of_nouns = lake.rows("concepts")
    with pytest.raises(SpecChanged, match=r"index: was null, now \"tokens\"[\s\S]*--new-spec"):
        tiny.run_here(spark, raw)
    assert tiny.run_here(spark, raw, new_spec=True).complete
    assert tiny.run_here(spark, substring, new_spec=True).complete
    assert counted(spark, raw) == RAW and counted(spark, substring) == SUBSTRING
    assert counted(spark, strict)["737"] is None

    # What no noun search can answer is no matter here, and the table of concepts stays about nouns.
    checked = Settings.model_validate(raw)
    assert [one.kind for one in audit(Context(checked, lake)).findings] == ["zeros"]
    assert look_up(Context(checked, lake), "bicycle")[0].frequency.frequency == 2
    assert lake.rows("concepts") == of_nouns

    # Neither a grown list nor another case needs a caption again.
    before = passes(spark, raw)
    grow(tmp_path, *MORE)
    assert tiny.run_here(spark, raw).complete and tiny.run_here(spark, ignoring, new_spec=True).complete
    assert passes(spark, raw) == before
    assert counted(spark, raw) == RAW | MORE
    assert counted(spark, ignoring) == SUBSTRING | MORE | {"new_york": 1}
    found = {(one.kind, one.concept) for one in audit(Context(checked, lake)).findings}
    assert found == {("unanswerable", "_"), ("zeros", None)}
    with caplog.at_level(logging.INFO, logger="jobs.commands.counts"):
        assert main(["counts", str(tiny.write_settings(tmp_path, captions={"match": "raw"})), "--search", "text"]) == 0
    assert "text search with match 'raw' counts other words than nouns" in caplog.text
