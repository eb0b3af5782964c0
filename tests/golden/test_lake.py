"""The lake that this release wrote is read by it and by the releases after it; an older one is brought up first."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import pytest
import tiny
from deltalake import DeltaTable

from jobs.errors import LakeVersion
from jobs.lake.lake import Lake
from jobs.lake.migration import migrate, missing
from jobs.lake.tables import SCHEMA_VERSION, TABLES

HERE = Path(__file__).parent
# Worked by hand from tiny.CAPTIONS, as it was when the lake was made.
BY_HAND = {"dog": 3, "cat": 3, "bicycle": 2, "tiger": 1, "new_york": 1, "leaf": 1, "unicorn": 0, "737": None}
PROPERTY = '"conceptfreq.schema_version":"{}"'
NEVER_WRITTEN = {"evaluations", "predictions", "nearest_samples", "fits"}
# What no change of the code since has made otherwise: scores of images move a little, and the ledger has a stage more.
COMPARED = ("samples", "caption_terms", "concepts", "shard_counts", "concept_counts")
OF_ITS_RUN = {"spec", "seconds"}
# Null in the rows of an older lake.
LATER = {"found_samples"}


@pytest.fixture
def lake(tmp_path: Path) -> Path:
    """The kept lake of the present schema."""
    return unpack(SCHEMA_VERSION, tmp_path / "lake")


def unpack(version: int, folder: Path) -> Path:
    """The kept lake of a schema version."""
    with zipfile.ZipFile(HERE / f"lake-{version}.zip") as archive:
        archive.extractall(folder)
    return folder


def check_counts(lake: Path) -> None:
    """What the lake counts is what was worked by hand."""
    rows = Lake(None, str(lake)).rows("concept_counts", search="text", measure="concept")
    assert {row["concept"]: row["frequency"] for row in rows} == BY_HAND
    outcomes = Lake(None, str(lake)).rows("shards", stage="captions")
    assert sum(row["statuses"].get("empty_caption", 0) for row in outcomes) == 1
    assert {row["state"] for row in outcomes} == {"done"}


def test_its_counts_are_those_worked_by_hand(lake: Path) -> None:
    check_counts(lake)


def test_every_table_is_what_the_code_says(spark: Any, lake: Path) -> None:
    check_tables(Lake(spark, str(lake)))
    assert missing(Lake(spark, str(lake))) == []


def check_tables(lake: Lake) -> None:
    """Columns are those of the code, and the rows are there."""
    for name, table in TABLES.items():
        if name not in NEVER_WRITTEN:
            assert lake.read(name).columns == table.column_names
    assert lake.read("samples").count() == 9
    assert lake.read("image_features").where("status = 'ok'").count() == 9


def test_an_older_lake_is_brought_up_and_a_run_continues(spark: Any, tmp_path: Path) -> None:
    older = unpack(1, tmp_path / "lake")
    with pytest.raises(
        LakeVersion, match=rf"schema version 1, this release reads {SCHEMA_VERSION}; .*`conceptfreq migrate CONFIG`"
    ):
        Lake(None, str(older)).rows("shards")
    # A migration that is killed is started again: the columns of one table are there, its version is not.
    address = f"delta.`{older}/image_features`"
    spark.sql(f"ALTER TABLE {address} ADD COLUMNS (tagger_embedding BINARY AFTER embedding)")
    steps = migrate(Lake(spark, str(older)))
    assert {step.table for step in steps} == set(TABLES) - NEVER_WRITTEN - {"postings"}
    assert migrate(Lake(spark, str(older))) == []
    check_counts(older)
    check_tables(Lake(spark, str(older)))

    tiny.corpus(tmp_path / "corpus", [*tiny.CAPTIONS, ["one more dog"]])
    settings = tiny.settings_dict(tmp_path)
    # Nouns may be found by newer code than the kept lake's.
    assert tiny.run_here(spark, settings, new_spec=True).complete
    rows = Lake(None, str(older)).rows("concept_counts", search="text", measure="concept")
    assert BY_HAND["dog"] + 1 in {row["frequency"] for row in rows if row["concept"] == "dog"}


def test_columns_that_lack_are_added_in_their_place(spark: Any, tmp_path: Path) -> None:
    older = Lake(spark, str(unpack(1, tmp_path / "lake")))
    said = [str(step) for step in missing(older)]
    assert f"image_features: version 1 to {SCHEMA_VERSION}, rows written again: ordinals of the samples" in said
    assert f"specs: version 1 to {SCHEMA_VERSION}, new columns: none" in said
    migrate(older)
    field = older.read("image_features").schema["tagger_embedding"]
    assert field.nullable and field.metadata["comment"].endswith("shares the embedder's model")
    check_rows(older, tmp_path / "new")


@pytest.mark.parametrize("version", [2, 3, 4, 6])
def test_a_lake_of_an_older_version_becomes_what_a_new_one_is(spark: Any, tmp_path: Path, version: int) -> None:
    older = Lake(spark, str(unpack(version, tmp_path / "lake")))
    migrate(older)
    check_rows(older, tmp_path / "new")


def test_new_columns_write_no_row(spark: Any, tmp_path: Path) -> None:
    folder = unpack(4, tmp_path / "lake")
    features = str(folder / "image_features")
    files = sorted(DeltaTable(features).file_uris())
    older = Lake(spark, str(folder))
    (step,) = (str(one) for one in missing(older) if one.table == "image_features")
    assert step.endswith("new columns: sha256, perceptual_hash, format, width, height")
    # A migration that was killed before it set the version.
    spark.sql(f"ALTER TABLE delta.`{features}` ADD COLUMNS (sha256 BINARY AFTER tagger_embedding)")
    migrate(older)
    assert sorted(DeltaTable(features).file_uris()) == files
    assert older.read("image_features").columns == TABLES["image_features"].column_names
    assert older.rows("image_features", ["sha256", "width"])[0] == {"sha256": None, "width": None}


def check_rows(older: Lake, folder: Path) -> None:
    """Rows of the same corpus in the same columns, but for when and under which specs they were made."""
    new = Lake(None, str(unpack(SCHEMA_VERSION, folder)))
    for name in COMPARED:
        columns = [column for column in TABLES[name].column_names if column not in OF_ITS_RUN | LATER]
        assert as_text(older, name, columns) == as_text(new, name, columns), name


def as_text(lake: Lake, name: str, columns: list[str]) -> list[str]:
    """A table's rows, in an order."""
    return sorted(map(str, lake.rows(name, columns)))


@pytest.mark.parametrize(
    ("version", "advice"), [(str(SCHEMA_VERSION + 1), "newer release"), ("0", "no release of conceptfreq wrote it")]
)
def test_a_lake_of_another_schema_is_refused_by_name(lake: Path, version: str, advice: str) -> None:
    created = lake / "shards" / "_delta_log" / "00000000000000000000.json"
    text = created.read_text()
    assert PROPERTY.format(SCHEMA_VERSION) in text
    created.write_text(text.replace(PROPERTY.format(SCHEMA_VERSION), PROPERTY.format(version)))
    said = rf"table shards has schema version {version}, .* reads {SCHEMA_VERSION}; .*{advice}"
    with pytest.raises(LakeVersion, match=said):
        Lake(None, str(lake)).rows("shards")
