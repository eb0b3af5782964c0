"""The home of the checkpoint: below the lake, beside the report, or where the settings say."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import tiny

from jobs.errors import SettingsError
from jobs.settings.loading import check_settings
from jobs.stream.checkpoint import checkpoint_of


def home(folder: Path, **changes: Any) -> str:
    return checkpoint_of(check_settings(tiny.settings_dict(folder, **changes)))


def test_below_the_lake(tmp_path: Path) -> None:
    assert home(tmp_path).startswith(f"file:{tmp_path}/lake/_checkpoints/")
    assert home(tmp_path, lake="s3a://bucket/a%20lake").startswith("s3a://bucket/a lake/_checkpoints/")


def test_of_a_catalog(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert home(tmp_path, lake="main.counts").startswith(f"file:{tmp_path}/build/tiny/_checkpoints/")


def test_where_the_settings_say(tmp_path: Path) -> None:
    assert home(tmp_path, watch={"checkpoint": "hdfs:///watch"}).startswith("hdfs:///watch/")
    with pytest.raises(SettingsError, match=r"watch.checkpoint.*write \./main.counts"):
        home(tmp_path, watch={"checkpoint": "main.counts"})


def test_one_for_each_set_of_corpora(tmp_path: Path) -> None:
    other = {"name": "other", "format": "parquet", "path": str(tmp_path)}
    assert home(tmp_path) == home(tmp_path, name="renamed")
    assert home(tmp_path) != home(tmp_path, corpora=[other])
