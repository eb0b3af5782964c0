"""Where a lake stands, and what holds a stage up."""

from __future__ import annotations

from pathlib import Path

import offspark
import pytest
import tiny

from jobs.core.context import Context
from jobs.lake import small_tables
from jobs.results.corpora.status import bottleneck, status
from jobs.settings.settings import Settings
from udfs.images.running.pipeline import PHASES


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        ({"read": 1.0, "decode": 6.0, "forward": 3.0}, ("decode", 0.6)),
        # A device that waits for images is not what holds them up.
        ({"read": 1.0, "decode": 3.0, "forward": 1.0, "idle": 90.0}, ("decode", 0.6)),
        ({"read": 2.0, "nouns": 2.0}, ("nouns", 0.5)),
        ({"forward": 0.0, "idle": 5.0}, (None, None)),
        ({}, (None, None)),
    ],
)
def test_the_phase_with_most_seconds_is_the_bottleneck(
    seconds: dict[str, float], expected: tuple[str | None, float | None]
) -> None:
    assert bottleneck(seconds) == expected


def test_a_phase_of_the_image_stage_is_idleness() -> None:
    from jobs.lake.ledger import IDLE

    assert IDLE in PHASES


def test_the_ledger_is_opened_once_however_many_corpora(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tiny.corpus(tmp_path / "corpus")
    one = tiny.settings_dict(tmp_path)["corpora"][0]
    corpora = [{**one, "name": f"corpus{number}"} for number in range(5)]
    settings = Settings.model_validate(tiny.settings_dict(tmp_path, corpora=corpora))
    lake = offspark.finish(settings, ("ingest",))
    opened: list[str] = []
    read = small_tables.read_table
    monkeypatch.setattr(
        small_tables, "read_table", lambda at, name, *how, **on: opened.append(name) or read(at, name, *how, **on)
    )
    found = status(Context(settings, lake), ("ingest", "captions", "count"))
    assert [(one.planned, one.done) for one in found if one.stage == "ingest"] == [(3, 3)] * 5
    assert opened.count("shards") == 1
