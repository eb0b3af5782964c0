"""The one list of stages: another stage runs, is shown, is tried again and is reported by standing in it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import tiny

from jobs.core.context import Context
from jobs.core.stage import Lazy, ShardStage
from jobs.errors import SettingsError
from jobs.lake.lake import Lake
from jobs.lake.tables import TABLES, Column, Table
from jobs.results.corpora.status import status
from jobs.settings.settings import Settings
from jobs.stages import registry
from jobs.stages.dry_run import dry_run
from jobs.stages.report import report_data
from jobs.stages.run import run

LENGTHS = Table(
    "lengths",
    "The length of a caption",
    (
        *(column for column in TABLES["caption_terms"].columns if column.name in ("corpus", "shard", "sample", "spec")),
        *(column for column in TABLES["caption_terms"].columns if column.name in ("status", "seconds")),
        Column("characters", "INT", "characters of the caption"),
    ),
    ("corpus", "shard", "sample", "spec"),
    ("corpus", "spec"),
)
STAGE = ShardStage(
    name="lengths",
    summary="samples to lengths",
    asked=lambda settings: bool(settings.corpora),
    table="lengths",
    specs=Lazy("lengths:specs"),
    plan=Lazy("lengths:plan"),
    built_on=("ingest",),
)


@pytest.fixture
def listed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The list with one stage more, after ingest."""
    first, *others = registry.STAGES
    monkeypatch.setattr(registry, "STAGES", (first, STAGE, *others))
    monkeypatch.setitem(TABLES, "lengths", LENGTHS)


def test_an_own_stage_runs_with_the_others(spark: Any, tmp_path: Path, listed: None) -> None:
    tiny.corpus(tmp_path / "corpus", [["a dog", None], ["two cats"]])
    settings = Settings.model_validate(tiny.settings_dict(tmp_path, concepts=[], captions=None))
    context = Context(settings, Lake(spark, settings.lake))
    stages = registry.wanted_stages(settings)
    assert stages == ("ingest", "lengths", "report")
    assert run(context, ("ingest", "lengths")).succeeded
    rows = context.lake.rows("lengths", ["shard", "characters"])
    assert sorted((row["shard"], row["characters"]) for row in rows) == [("00000.tar", 5), ("00001.tar", 8)]

    again = Context(settings, Lake(spark, settings.lake))
    assert run(again, ("ingest", "lengths")).idle
    shown = [(one.stage, one.done, one.samples) for one in status(again, stages)]
    assert shown == [("ingest", 2, 2), ("lengths", 2, 2)]
    assert any(line.startswith("  lengths: 2 shards done") for line in dry_run(again, stages))
    assert [one.stage for one in report_data(again).stages] == ["ingest", "lengths"]


def test_what_rests_on_what(listed: None) -> None:
    assert registry.built_on("ingest") == ["count", "attributes", "index", "images", "captions", "lengths"]
    assert registry.built_on("captions") == ["count", "index"]
    assert registry.built_on("count") == []


def test_a_stage_that_is_not_there() -> None:
    with pytest.raises(
        SettingsError, match="no stage 'embed'; stages: ingest, captions, images, index, attributes, count, evaluate"
    ):
        registry.stage_named("embed")
