"""An older lake's tables of terms and counts become this release's, wherever the migration is killed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import older
import pytest
import tiny
from deltalake import DeltaTable

from jobs.errors import LakeVersion
from jobs.lake import creation, rewriting
from jobs.lake.lake import Lake
from jobs.lake.migration import migrate, missing
from jobs.lake.small_tables import VERSION_PROPERTY
from jobs.lake.specs import Spec
from jobs.lake.tables import SCHEMA_VERSION, TABLES, Column

DIES = "caption_terms"
OWN, PUBLISHED = "integrated-0", "published-misalignment"
TERMS = [
    {"corpus": corpus, "shard": "a.tar", "sample": sample, "spec": "captions-0", "ordinal": 2 * int(sample),
     "status": status, "keys": keys,
     "positions": None if keys is None else list(range(len(keys))), "seconds": {"nouns": 0.5}}
    for corpus in ("one", "it's two")
    for sample, status, keys in (("0", "ok", ["Dog", "cat"]), ("1", "empty_caption", []), ("2", "no_caption", None))
]  # fmt: skip
BODY = {"samples": {"format": "webdataset"}}
READ = Spec("ingest", BODY["samples"]).id
SAMPLES = [
    {
        "corpus": row["corpus"],
        "shard": "a.tar",
        "sample": row["sample"],
        "spec": spec,
        "ordinal": ordinal,
        "status": "ok",
    }
    for row in TERMS
    for spec, ordinal in ((READ, row["ordinal"]), ("ingest-other", 77))
]
SPECS = [
    {"spec": "captions-0", "stage": "captions", "body": json.dumps(BODY), "created": datetime(2026, 1, 1, tzinfo=UTC)}
]
# (spec, search, threshold, samples, found, misaligned, concepts, counts)
SHARD = [
    ("text-0", "text", None, 9, 0, None, [], []),
    (OWN, "integrated", 0.5, 8, 8, 3, ["cat", "dog"], [1, 8]),
    (OWN, "integrated", 0.7, 8, 0, 0, [], []),
]
SHARD_FIELDS = ("spec", "search", "threshold", "samples", "found", "misaligned", "concepts", "counts")
# (spec, search, threshold, measure, concept, samples)
CORPUS = [
    ("text-0", "text", None, "samples", None, 9),
    (OWN, "integrated", 0.5, "samples", None, 8),
    (OWN, "integrated", 0.5, "found", None, 8),
    (OWN, "integrated", 0.5, "concept", "cat", 1),
    (OWN, "integrated", 0.5, "concept", "dog", 8),
    (OWN, "integrated", 0.5, "misaligned", None, 3),
    (OWN, "integrated", 0.7, "samples", None, 8),
]
# Of published misaligned samples `samples` and `found` are numbers of their own.
CORPUS = [
    *CORPUS,
    (PUBLISHED, "integrated", 0.7, "misaligned", None, 6),
    (PUBLISHED, "integrated", 0.7, "found", None, 40),
    (PUBLISHED, "integrated", 0.7, "samples", None, 90),
    ("published-counts", "integrated", 0.7, "concept", "dog", 6),
]
MISALIGNED = "search misalignment becomes measure misaligned of search integrated"
REWRITTEN = ("caption_terms", "shard_counts", "concept_counts")
FIELDS = ("spec", "search", "threshold", "measure", "concept")
# The columns of `fits` that schema version 6 brought.
LATER = (
    "no_r", "r_low", "r_high", "spearman_low", "spearman_high", "slope_weighted", "weighted_low", "weighted_high",
    "slope_mixed", "mixed_low", "mixed_high",
)  # fmt: skip
VALUES = {"STRING": "'abc'", "INT": "7", "DOUBLE": "0.5", "TIMESTAMP": "current_timestamp()"}


class Killed(Exception):
    """The process would be gone."""


class Dying:
    """A session in which each statement that commits to DIES is the last one the first time."""

    def __init__(self, spark: Any) -> None:
        self._spark = spark
        self.statements: set[str] = set()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._spark, name)

    def sql(self, text: str, **names: Any) -> Any:
        """The statement, done."""
        done = self._spark.sql(text, **names)
        if text.startswith(("REPLACE", "ALTER")) and DIES in text and text not in self.statements:
            self.statements.add(text)
            raise Killed(text)
        return done


@contextmanager
def dying_fills(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The rows of DIES are not written the first time, and written as the last thing the second time."""
    tried: list[str] = []
    fill = rewriting.fill

    def dying(lake: Lake, name: str, frame: Any) -> None:
        tried.append(name)
        if name != DIES or tried.count(name) > 1:
            fill(lake, name, frame)
        if name == DIES and tried.count(name) < 3:
            raise Killed(name)

    with monkeypatch.context() as patch:
        patch.setattr(rewriting, "fill", dying)
        yield tried


def counts(rows: list[tuple[Any, ...]], fields: tuple[str, ...], **more: Any) -> list[dict[str, Any]]:
    """Rows of a table of counts, of two corpora."""
    return [
        {**dict(zip(fields, row, strict=True)), "corpus": corpus, **more}
        for row in rows
        for corpus in ("one", "it's two")
    ]


def fill(lake: Lake) -> None:
    """The tables that a migration writes again, and those that it reads."""
    lake.replace_rows("specs", {}, SPECS)
    lake.replace_rows("samples", {}, SAMPLES)
    lake.replace_rows("caption_terms", {}, TERMS)
    lake.replace_rows("shard_counts", {}, counts(SHARD, SHARD_FIELDS, shard="a.tar"))
    lake.replace_rows("concept_counts", {}, counts(CORPUS, (*FIELDS, "frequency"), shards=1))


@pytest.fixture
def folder(spark: Any, tmp_path: Path) -> Path:
    """A lake of schema version 2."""
    path = tmp_path / "an old {lake}"
    lake = Lake(spark, str(path))
    fill(lake)
    self_made = {name: content(path, name) for name in REWRITTEN}
    older.make_older(spark, path)
    assert all(content(path, name) != self_made[name] for name in REWRITTEN)
    return path


def content(folder: Path, name: str, unknown: tuple[str, ...] = ()) -> list[str]:
    """A table's schema, properties and rows, as text in an order; the `unknown` columns as if they were null."""
    table = DeltaTable(str(folder / name))
    rows = [{**row, **dict.fromkeys(unknown)} for row in table.to_pyarrow_table().to_pylist()]
    properties = sorted(table.metadata().configuration.items())
    return [json.dumps(json.loads(table.schema().to_json())), str(properties), *sorted(map(str, rows))]


def test_a_migration_that_is_killed_after_each_of_its_commits_ends_right(
    spark: Any, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    raised = f"version 2 to {SCHEMA_VERSION}"
    assert [str(step) for step in missing(Lake(spark, str(folder)))] == [
        f"samples: {raised}, new columns: none",
        f"caption_terms: {raised}, rows written again: column nouns becomes keys, ordinals of the samples",
        f"shard_counts: {raised}, rows written again: one row per shard, search and threshold",
        f"concept_counts: {raised}, rows written again: {MISALIGNED}",
        f"specs: {raised}, new columns: none",
    ]
    dying = Dying(spark)
    with dying_fills(monkeypatch) as tried:
        for _ in range(30):
            try:
                migrate(Lake(dying, str(folder)))
            except Killed:
                with pytest.raises(LakeVersion, match="schema version 2, .*`conceptfreq migrate CONFIG`"):
                    Lake(None, str(folder)).rows("concept_counts")
            else:
                break
    assert len(dying.statements) == 3 and tried.count(DIES) == 4 and missing(Lake(spark, str(folder))) == []
    fresh = Lake(spark, str(tmp_path / "fresh"))
    fill(fresh)
    for name in REWRITTEN:
        assert content(folder, name) == content(tmp_path / "fresh", name)
        assert DeltaTable(str(folder / name)).protocol().min_reader_version == 1


def test_fits_keep_what_they_have_and_lose_the_interval_over_sets(spark: Any, tmp_path: Path) -> None:
    lake = Lake(spark, str(tmp_path / "lake"))
    gone = (Column("sets_low", "DOUBLE", ""), Column("sets_high", "DOUBLE", ""))
    kept = tuple(column for column in TABLES["fits"].columns if column.name not in LATER)
    spark.sql(creation.statement(lake.at, replace(TABLES["fits"], columns=(*kept, *gone))))
    address = lake.at.sql("fits")
    spark.sql(f"ALTER TABLE {address} SET TBLPROPERTIES ('{VERSION_PROPERTY}' = '5')")
    spark.sql(f"INSERT INTO {address} VALUES ({', '.join(VALUES[column.type] for column in (*kept, *gone))})")
    assert [step.table for step in migrate(lake)] == ["fits"]
    [row] = Lake(None, str(tmp_path / "lake")).rows("fits")
    assert list(row) == TABLES["fits"].column_names
    assert (row["corpus"], row["bins"], row["r"], row["inputs"]) == ("abc", 7, 0.5, "abc")
    assert all(row[name] is None for name in LATER)


@pytest.mark.long
def test_in_a_catalog_a_killed_migration_ends_right(spark: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    lake = Lake(spark, "spark_catalog.older")
    spark.sql("CREATE SCHEMA spark_catalog.older")
    try:
        older.create(lake, DIES)
        names = "corpus, shard, sample, spec, status, nouns, positions"
        row = "'c', 'a.tar', '0', 'captions-0', 'ok', array('dog'), array(1)"
        lake.replace_rows("specs", {}, SPECS)
        lake.replace_rows("samples", {}, [{**SAMPLES[0], "corpus": "c"}])
        spark.sql(f"INSERT INTO {lake.at.sql(DIES)} ({names}) VALUES ({row})")
        with dying_fills(monkeypatch), pytest.raises(Killed):
            migrate(lake)
        assert lake.spark.read.table(lake.at.sql(DIES)).count() == 0
        migrate(lake)
        assert lake.rows(DIES, ["shard", "ordinal", "keys", "positions"]) == [
            {"shard": "a.tar", "ordinal": 0, "keys": ["dog"], "positions": [1]}
        ]
        assert missing(lake) == [] and not lake.read(DIES).schema["shard"].nullable
    finally:
        spark.sql("DROP SCHEMA spark_catalog.older CASCADE")


@pytest.mark.long
def test_a_run_after_a_migration_finds_everything_done(spark: Any, tmp_path: Path) -> None:
    tiny.corpus(tmp_path / "corpus", images=True)
    settings = tiny.settings_dict(tmp_path, images={"tagger": {**tiny.TAGGER, "threshold": 0.15}})
    tiny.run_here(spark, settings)
    lake = tmp_path / "lake"
    # Older releases did not say which samples were found.
    unknown = {"shard_counts": ("found_samples",)}
    migrated = {name: content(lake, name, unknown.get(name, ())) for name in older.OLDER}
    older.make_older(spark, lake)
    migrate(Lake(spark, str(lake)))
    assert {name: content(lake, name) for name in older.OLDER} == migrated
    # Only what older releases did not have is made: postings. The counts stay as they are.
    versions = {path.name: DeltaTable(str(path)).version() for path in lake.iterdir()}
    assert tiny.run_here(spark, settings).complete
    after = {path.name: DeltaTable(str(path)).version() for path in lake.iterdir()}
    made = ("samples", "caption_terms", "image_features", "concepts")
    assert {name: after[name] for name in made} == {name: versions[name] for name in made}
    assert {name: content(lake, name) for name in older.OLDER} == migrated
