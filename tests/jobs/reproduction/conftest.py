"""Lakes with published results. Spark makes their tables once; each import gets a copy, and no Spark."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from published import import_here, write_clone
from pyspark.sql import SparkSession

from jobs.lake.lake import Lake
from jobs.published.load import WRITTEN

# Imports a folder into a lake of its own and gives settings that name that lake and nothing else.
Importer = Callable[[Path], Path]


@pytest.fixture(scope="module")
def importer(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Importer:
    """Makes lakes out of folders of published results."""
    empty = tmp_path_factory.mktemp("empty") / "lake"
    for name in WRITTEN:
        Lake(spark, str(empty)).ensure(name)

    def imported(folder: Path) -> Path:
        home = tmp_path_factory.mktemp("reproduction")
        shutil.copytree(empty, home / "lake")
        import_here(Lake(None, str(home / "lake")), folder)
        (home / "c.yaml").write_text(yaml.safe_dump({"name": "paper", "lake": str(home / "lake")}))
        return home / "c.yaml"

    return imported


@pytest.fixture(scope="module")
def whole(shared: Path, importer: Importer, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Settings of a lake with all that shared/paper has."""
    if not (shared / "paper").is_dir():
        pytest.skip(f"no {shared / 'paper'}: the published results are not on this machine")
    return importer(write_clone(shared / "paper", tmp_path_factory.mktemp("clone") / "clone"))
