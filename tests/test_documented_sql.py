"""The SQL of docs/tables.md, by Spark and by DuckDB, gives what the commands give."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import tiny
from pyspark.sql import SparkSession

from jobs import open_run
from jobs.lake.lake import Lake
from jobs.lake.tables import SCHEMA_VERSION

ROOT = Path(__file__).resolve().parents[1]
TABLES = ("postings", "samples")
# As the page says.
DUCKDB = {"explode(": "unnest(", "array_size(": "len("}
Rows = list[tuple[Any, ...]]


def statements() -> list[str]:
    """Every statement of the page, of the kept lake's corpus."""
    blocks = re.findall(r"```sql\n(.*?)```", (ROOT / "docs" / "tables.md").read_text(encoding="utf-8"), re.DOTALL)
    found = [one.strip() for block in blocks for one in block.split(";") if one.strip()]
    return [one.replace("'demo'", "'tiny'") for one in found]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The kept lake."""
    made = tmp_path_factory.mktemp("sql")
    with zipfile.ZipFile(ROOT / "tests" / "golden" / f"lake-{SCHEMA_VERSION}.zip") as archive:
        archive.extractall(made / "lake")
    return made


def check(folder: Path, answer: Callable[[str], Rows]) -> None:
    """Each statement's rows against the commands' answers."""
    run, at_a_tenth = (
        open_run(tiny.settings_dict(folder, images={"tagger": {**tiny.TAGGER, "threshold": limit}, "batch_size": 4}))
        for limit in (0.5, 0.1)
    )
    dog, new_york = (run.lookup(name).iloc[0] for name in ("dog", "new_york"))
    rug = at_a_tenth.lookup("prayer rug").set_index("search").loc["image"]
    most = run.frequencies("text").head(3)[["concept", "frequency"]]
    assert [answer(one) for one in statements()] == [
        [(dog["frequency"],)],
        [(dog["samples"],)],
        [(new_york["frequency"],)],
        [(rug["frequency"],)],
        [*run.samples("dog", limit=None)[["shard", "sample", "caption"]].itertuples(index=False, name=None)],
        [*most.itertuples(index=False, name=None)],
    ]


def test_by_duckdb(folder: Path) -> None:
    duckdb = pytest.importorskip("duckdb")
    connection = duckdb.connect()
    lake = Lake(None, str(folder / "lake"))
    for name in TABLES:
        connection.register(name, lake.table(name))

    def answer(statement: str) -> Rows:
        for spark_name, own in DUCKDB.items():
            statement = statement.replace(spark_name, own)
        return [tuple(row) for row in connection.execute(statement).fetchall()]

    check(folder, answer)


def test_by_spark(spark: SparkSession, folder: Path) -> None:
    lake = Lake(spark, str(folder / "lake"))
    for name in TABLES:
        lake.read(name).createOrReplaceTempView(name)
    try:
        check(folder, lambda statement: [tuple(row) for row in spark.sql(statement).collect()])
    finally:
        for name in TABLES:
            spark.catalog.dropTempView(name)
