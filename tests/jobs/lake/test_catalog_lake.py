"""Lakes in a catalog: `catalog.schema` is made, written and read as a folder is; runs on two corpora do not meet."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import tiny
from pyspark.errors import PySparkException

from jobs.core import reach
from jobs.core.context import Context
from jobs.errors import ConceptfreqError, LeaseHeld, SettingsError
from jobs.lake.lake import Lake
from jobs.lake.lease import Lease
from jobs.lake.location import parse
from jobs.lake.tables import TABLES
from jobs.results.counts.frequencies import frequencies
from jobs.results.counts.states import lake_since
from jobs.results.lookup import look_up
from jobs.settings.settings import Settings

SCHEMA = "spark_catalog.lakes"


@pytest.fixture
def catalog(spark: Any) -> Iterator[Lake]:
    yield Lake(spark, SCHEMA)
    spark.sql(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE")


def log_entry(spark: Any, location: str, name: str) -> Any:
    """What the table's first commit says of it."""
    described = spark.sql(f"DESCRIBE DETAIL {parse(location).sql(name)}").toArrow().to_pylist()[0]
    fields = ("description", "partitionColumns", "properties", "minReaderVersion", "minWriterVersion")
    return {field: described[field] for field in fields}


def test_every_table_is_made_as_in_a_folder(spark: Any, catalog: Lake, tmp_path: Path) -> None:
    folder = Lake(spark, str(tmp_path / "lake"))
    for name in ("samples", "leases"):
        assert not catalog.exists(name) and catalog.rows(name) == []
        for lake in (catalog, folder):
            lake.ensure(name)
            lake.ensure(name)
        assert log_entry(spark, SCHEMA, name) == log_entry(spark, folder.location, name)
        made = {field.name: (field.nullable, field.metadata["comment"]) for field in catalog.read(name).schema}
        assert made == {column.name: (not column.required, column.comment) for column in TABLES[name].columns}
    row = {"corpus": "c", "shard": "s", "sample": "0", "spec": "x", "ordinal": 0, "status": "unheard of"}
    with pytest.raises(PySparkException, match="known_status"):
        catalog.replace_rows("samples", {"corpus": "c"}, [row])
    assert catalog.version("samples") == 0


def test_nothing_takes_the_place_of_rows(catalog: Lake) -> None:
    """As when the last shard of a corpus is forgotten: an empty Arrow table has columns without chunks."""
    now = datetime.now(UTC)
    row = dict.fromkeys(TABLES["shards"].column_names) | {"corpus": "c", "stage": "ingest", "spec": "x", "shard": "s"}
    given = {"run": "r", "fingerprint": "f", "state": "done", "samples": 1, "statuses": {"ok": 1}, "finished": now}
    catalog.replace_rows("shards", {"corpus": "c"}, [row | given | {"seconds": {"read": 0.5}, "attempt": 1}])
    stored = catalog.table("shards")
    assert stored.num_rows == 1
    catalog.replace_arrow("shards", {"corpus": "c"}, pa.Table.from_batches([], stored.schema))
    assert catalog.rows("shards") == []


@pytest.mark.long
@pytest.mark.parametrize("corpora", [["a", "b"], ["a", "a"]])
def test_runs_on_two_corpora_start_together_and_on_one_do_not(spark: Any, catalog: Lake, corpora: list[str]) -> None:
    start = threading.Barrier(len(corpora))
    refused: list[LeaseHeld] = []

    def hold(corpus: str) -> None:
        lease = Lease(Lake(spark, SCHEMA), corpus, "ingest", 60)
        start.wait(60)
        try:
            with lease.hold():
                start.wait(60)
        except LeaseHeld as refusal:
            refused.append(refusal)
            start.wait(60)

    threads = [threading.Thread(target=hold, args=(corpus,)) for corpus in corpora]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == len(corpora) - len(set(corpora))
    assert catalog.rows("leases") == []


def test_a_catalog_that_the_session_has_not(spark: Any) -> None:
    with pytest.raises(SettingsError, match=r"no catalog 'results': write \./results\.v1 for a folder"):
        reach.check(spark, parse("results.v1"))
    reach.check(spark, parse("spark_catalog.not_yet"))


@pytest.mark.long
def test_a_run_counts_as_in_a_folder(spark: Any, catalog: Lake, tmp_path: Path) -> None:
    tiny.corpus(tmp_path / "corpus")
    folder = Settings.model_validate(tiny.settings_dict(tmp_path))
    settings = Settings.model_validate(tiny.settings_dict(tmp_path, lake=SCHEMA))
    for one in (folder, settings):
        assert tiny.run_here(spark, one.model_dump()).complete
    assert tiny.run_here(spark, settings.model_dump()).idle
    found, expected = (
        frequencies(Context(one, Lake(spark, one.lake)), one.corpora[0], "text") for one in (settings, folder)
    )
    assert found == expected and any(row.frequency for row in found)
    # Words on no list, with samples from the counts of the list and, where there is no list, from the index.
    for one in (settings, folder):
        for listed in (one, one.model_copy(update={"concepts": []})):
            context = Context(listed, Lake(spark, one.lake))
            found_words = {word: look_up(context, word)[0].frequency for word in ("mat", "new york", "tigers")}
            assert {word: row.frequency for word, row in found_words.items()} == {"mat": 1, "new york": 1, "tigers": 0}
            assert {row.samples for row in found_words.values()} == {8}


@pytest.mark.long
@pytest.mark.timeout(900)
def test_earlier_counts_are_read_as_they_were(spark: Any, catalog: Lake) -> None:
    row = {"corpus": "c", "spec": "s", "search": "text", "measure": "concept", "concept": "dog", "shards": 1}
    for frequency in (1, 2):
        catalog.replace_rows("concepts", {}, [{"concept": "dog", "lists": [str(frequency)], "terms": [["dog"]]}])
        catalog.replace_rows("concept_counts", {"corpus": "c"}, [{**row, "frequency": frequency}])
    versions = dict(catalog.versions("concept_counts"))
    assert list(versions) == [0, 1, 2]
    for since in (1, versions[1]):
        then = lake_since(catalog, since)
        assert [one["frequency"] for one in then.rows("concept_counts")] == [1]
        assert [one["lists"] for one in then.rows("concepts")] == [["1"]]
    assert [one["frequency"] for one in catalog.rows("concept_counts")] == [2]
    with pytest.raises(ConceptfreqError, match=r"read of version 7; there are versions 0 \(.* to 2 "):
        lake_since(catalog, 7)
