"""A task gets the same rows of stretches, whoever reads them: the driver from files or by batches, or Spark."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import tiny

from jobs.concepts.asking import ask
from jobs.concepts.questions import questions
from jobs.core.context import Context
from jobs.lake.lake import Lake
from jobs.results.samples import stretch_sums
from jobs.results.samples.held_sums import sum_held
from jobs.results.samples.indexed import answering_shards
from jobs.settings.settings import Settings
from udfs.counting.capped import HeldTask
from udfs.counting.found import SEARCHED


def test_few_concepts_are_held_by_the_same_samples(spark: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The samples that could be searched are among the rows, although no concept has them as its key."""
    tiny.corpus(tmp_path / "corpus")
    settings = tiny.settings_dict(tmp_path)
    tiny.run_here(spark, settings, ["ingest", "captions", "index"])
    context = Context(Settings.model_validate(settings), Lake(spark, settings["lake"]), "count")
    [corpus] = context.settings.corpora
    asked = ask(context, corpus, questions(context, corpus), ["cat", "dog"], ["text"])
    units = answering_shards(context, corpus, ["text"])

    def held() -> dict[int, int]:
        return sum_held(context.lake, asked.stored, units, HeldTask(asked.searches, "text"))

    from_files = held()
    assert from_files[SEARCHED] > max(from_files[0], from_files[1]) > 0
    monkeypatch.setattr(Lake, "opens_files", lambda self, name: False)
    assert held() == from_files
    monkeypatch.setattr(stretch_sums, "driver_reads", lambda lake, units: False)
    assert held() == from_files
