"""The lake that this release wrote is read by it and by the releases after it; lakes of others are refused by name."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import pytest

from jobs.core.errors import LakeVersion
from jobs.core.lake import Lake
from jobs.core.tables import SCHEMA_VERSION, TABLES

HERE = Path(__file__).parent
# Worked by hand from tiny.CAPTIONS, as it was when the lake was made.
BY_HAND = {"dog": 3, "cat": 3, "bicycle": 2, "tiger": 1, "new_york": 1, "leaf": 1, "unicorn": 0, "737": None}
PROPERTY = '"conceptfreq.schema_version":"{}"'
NEVER_WRITTEN = {"evaluations", "fits"}


@pytest.fixture
def lake(tmp_path: Path) -> Path:
    """The kept lake of the present schema."""
    with zipfile.ZipFile(HERE / f"lake-{SCHEMA_VERSION}.zip") as archive:
        archive.extractall(tmp_path / "lake")
    return tmp_path / "lake"


def test_its_counts_are_those_worked_by_hand(lake: Path) -> None:
    rows = Lake(None, str(lake)).rows("concept_counts", search="text", measure="concept")
    assert {row["concept"]: row["frequency"] for row in rows} == BY_HAND
    outcomes = Lake(None, str(lake)).rows("shards", stage="captions")
    assert sum(row["statuses"].get("empty_caption", 0) for row in outcomes) == 1
    assert {row["state"] for row in outcomes} == {"done"}


def test_every_table_is_what_the_code_says(spark: Any, lake: Path) -> None:
    opened = Lake(spark, str(lake))
    for name, table in TABLES.items():
        if name not in NEVER_WRITTEN:
            assert opened.read(name).columns == table.column_names
    assert opened.read("samples").count() == 9
    assert opened.read("image_features").where("status = 'ok'").count() == 9


@pytest.mark.parametrize(("version", "advice"), [("2", "newer release"), ("0", "no release of conceptfreq wrote it")])
def test_a_lake_of_another_schema_is_refused_by_name(lake: Path, version: str, advice: str) -> None:
    created = lake / "shards" / "_delta_log" / "00000000000000000000.json"
    text = created.read_text()
    assert PROPERTY.format(SCHEMA_VERSION) in text
    created.write_text(text.replace(PROPERTY.format(SCHEMA_VERSION), PROPERTY.format(version)))
    with pytest.raises(LakeVersion, match=rf"table shards has schema version {version}, .* reads 1; .*{advice}"):
        Lake(None, str(lake)).rows("shards")
