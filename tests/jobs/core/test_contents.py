"""What readers take from a shard's name is part of its content."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import tiny

from jobs.core import contents as of_shards
from jobs.core.contents import contents
from jobs.core.context import Context
from jobs.lake.lake import Lake
from jobs.lake.ledger import Unit
from jobs.settings.settings import Settings


def test_a_folder_is_its_class_and_its_files(tmp_path: Path) -> None:
    corpus = {"name": "pictures", "format": "folder", "path": str(tmp_path)}
    settings = Settings.model_validate(tiny.settings_dict(tmp_path, corpora=[corpus]))
    units = [Unit(shard, "same files", 1) for shard in ("train/cat", "all/cat", "dog")]
    units.append(Unit("other/cat", "other files", 1))
    held = contents(Context(settings, Lake(None, settings.lake)), settings.corpora[0], units)
    assert held["train/cat"] == held["all/cat"]
    assert len(set(held.values())) == 3


def test_a_file_is_its_bytes_and_its_ending(spark: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "corpus"
    folder.mkdir()
    for name in ("a.csv", "b.CSV", "c.tsv", "d.1.csv"):
        (folder / name).write_text("caption\na dog, sleeping\n")
    corpus = {"name": "lines", "format": "delimited", "path": str(folder)}
    settings = Settings.model_validate(tiny.settings_dict(tmp_path, corpora=[corpus]))
    units = [Unit(path.name, "f", 1, path.stat().st_size) for path in folder.iterdir()]
    context = Context(settings, Lake(spark, settings.lake))
    held = contents(context, settings.corpora[0], units)
    monkeypatch.setattr(of_shards, "HERE", 0)
    assert contents(context, settings.corpora[0], units) == held
    assert held["a.csv"] == held["b.CSV"] == held["d.1.csv"] != held["c.tsv"]
