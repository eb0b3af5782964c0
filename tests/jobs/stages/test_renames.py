"""Shards under another name or time: their rows follow, nothing is made again, and the lake is that of a first run."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import lakes
import tiny

from jobs.core.context import Context
from jobs.lake.lake import Lake
from jobs.results.counts.frequencies import frequencies
from jobs.settings.settings import Settings

DERIVED = ("captions", "images", "count")


def counted(spark: Any, settings: dict[str, Any]) -> dict[str, int | None]:
    checked = Settings.model_validate(settings)
    context = Context(checked, Lake(spark, checked.lake))
    return {row.concept: row.frequency for row in frequencies(context, checked.corpora[0], "text")}


def made(spark: Any, settings: dict[str, Any], *stages: str) -> dict[tuple[str, str], tuple[Any, ...]]:
    """When and by which run each shard was done at these stages."""
    rows = [row for row in Lake(spark, settings["lake"]).rows("shards") if row["stage"] in stages]
    return {(row["stage"], row["shard"]): (row["run"], row["finished"], row["attempt"]) for row in rows}


def copy_anew(shard: Path, name: str) -> None:
    """As an object store renames: the time is a new one."""
    shutil.copyfile(shard, shard.with_name(name))
    shard.unlink()


def test_rows_follow_shards_and_nothing_is_made_again(spark: Any, tmp_path: Path) -> None:
    corpus = tiny.corpus(tmp_path / "corpus", [*tiny.CAPTIONS, ["a leaf"]])
    settings = tiny.settings_dict(tmp_path)
    assert tiny.run_here(spark, settings).succeeded
    counts, before = counted(spark, settings), made(spark, settings, "ingest", *DERIVED)
    (corpus / "in").mkdir()
    (corpus / "00000.tar").rename(corpus / "in" / "moved.tar")
    copy_anew(corpus / "00001.tar", "copied.tar")
    os.utime(corpus / "00002.tar")

    result = tiny.run_here(spark, settings)
    assert result.succeeded and not any(summary.committed for summary in result.stages)
    names = {"00000.tar": "in/moved.tar", "00001.tar": "copied.tar"}
    followed = {(stage, names.get(shard, shard)): one for (stage, shard), one in before.items()}
    assert made(spark, settings, "ingest", *DERIVED) == followed
    assert counted(spark, settings) == counts
    # The lake is what a run over the corpus as it is now would have made.
    fresh = {**settings, "lake": str(tmp_path / "fresh")}
    assert tiny.run_here(spark, fresh).succeeded
    lakes.assert_equal(tmp_path / "lake", tmp_path / "fresh")
