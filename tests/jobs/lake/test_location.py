"""A lake's location is understood once, by how it is written; what is unclear is refused with what to write."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import tiny
import yaml

from jobs.core import reach
from jobs.errors import SettingsError
from jobs.lake.location import parse
from jobs.settings.loading import load_settings


@pytest.mark.parametrize(
    ("given", "folder"),
    [
        ("build/x/lake", "{}/build/x/lake"),
        ("./results.v1", "{}/results.v1"),
        ("./demo/", "{}/demo"),
        ("./a:b", "{}/a:b"),
        ("/data/a b#?*{{c}}'\"`$é", "/data/a b#?*{{c}}'\"`$é"),
        ("//data//lake", "/data/lake"),
        ("file:/data/a%20b%25", "/data/a b%"),
        ("file:///data/%5Fx", "/data/_x"),
        ("file://localhost/data", "/data"),
    ],
)
def test_a_folder(given: str, folder: str) -> None:
    location = parse(given.format())
    path = folder.format(Path.cwd())
    assert location.folder == Path(path)
    assert location.spark("t") == f"file:{path}/t", "Spark takes nothing for quoted"
    assert location.arrow("t") == f"{path}/t"
    assert location.deltalake("t") == Path(path, "t").as_uri()
    assert location.sql("t") == f"delta.`file:{path.replace('`', '``')}/t`"


@pytest.mark.parametrize(
    ("given", "spark", "arrow", "deltalake"),
    [
        ("s3://b/x%20y/", "s3a://b/x y/t", "s3://b/x%20y/t", "s3://b/x%20y/t"),
        ("s3a://b", "s3a://b/t", "s3://b/t", "s3://b/t"),
        ("s3n://b/x", "s3a://b/x/t", "s3://b/x/t", "s3://b/x/t"),
        ("gs://b/x", "gs://b/x/t", "gs://b/x/t", "gs://b/x/t"),
        ("abfss://c@a.dfs.core.windows.net/x", *["abfss://c@a.dfs.core.windows.net/x/t"] * 3),
        ("hdfs://n:8020/x", "hdfs://n:8020/x/t", "hdfs://n:8020/x/t", None),
        ("hdfs:///x", "hdfs:///x/t", "hdfs:///x/t", None),
        ("dbfs:/lakes/x", "dbfs:/lakes/x/t", "/dbfs/lakes/x/t", None),
        ("dbfs:/Volumes/c/s/v", "dbfs:/Volumes/c/s/v/t", "/Volumes/c/s/v/t", None),
    ],
)
def test_a_uri_in_the_spelling_of_each(given: str, spark: str, arrow: str, deltalake: str | None) -> None:
    location = parse(given)
    assert (location.spark("t"), location.arrow("t"), location.deltalake("t")) == (spark, arrow, deltalake)
    assert location.sql("t") == f"delta.`{spark}`" and location.folder is None


@pytest.mark.parametrize(
    ("given", "sql"),
    [
        ("main.counts", "`main`.`counts`.`t`"),
        ("`lake`.`v2`", "`lake`.`v2`.`t`"),
        ("`my-catalog`.counts", "`my-catalog`.`counts`.`t`"),
        ("`a.b/c`.`d``e`", "`a.b/c`.`d``e`.`t`"),
    ],
)
def test_a_schema_of_a_catalog(given: str, sql: str) -> None:
    location = parse(given)
    assert location.is_catalog and location.sql("t") == sql and location.folder is None


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("demo", ["./demo", "`catalog`.`schema`"]),
        ("my-catalog.schema", ["./my-catalog.schema", "`my-catalog`.`schema`"]),
        ("a.b.c", ["./a.b.c", "`catalog`.`schema`"]),
        ("dbfs:x", ["dbfs:/", "./"]),
        ("ftp://x/y", ["s3a://"]),
        ("file:x", ["file:///"]),
        ("file://host/x", ["file:///"]),
        ("s3:///x", ["s3://NAME/lake"]),
        ("s3://b/x?region=a", ["section storage"]),
        ("s3://key:secret@b/x", ["credentials"]),
        ("https://me:secret@b/x?y", ["credentials"]),
        ("/data/a%20b", ["/data/a_20b"]),
        ("/data/a[1]|b/x", ["/data/a_1__b/x"]),
        ("s3://b/a%5Bb", ["/a_b"]),
    ],
)
def test_what_is_refused_says_what_to_write(tmp_path: Path, given: str, said: list[str]) -> None:
    path = tmp_path / "s.yaml"
    path.write_text(yaml.safe_dump(tiny.settings_dict(tmp_path, lake=given)))
    with pytest.raises(SettingsError, match="lake: ") as refusal:
        load_settings(str(path))
    assert all(part in str(refusal.value) for part in said), refusal.value
    assert "secret" not in str(refusal.value)


def test_a_catalog_that_no_session_would_have_is_refused_before_there_is_one(tmp_path: Path) -> None:
    (tmp_path / "s.yaml").write_text("{name: x, lake: results.v1}")
    given = ("PYSPARK_GATEWAY_PORT", "SPARK_REMOTE", "SPARK_CONF_DIR", "SPARK_HOME")
    environment = {name: value for name, value in os.environ.items() if name not in given}
    command = [sys.executable, "-m", "jobs.cli", "migrate", str(tmp_path / "s.yaml")]
    # With this Java, Spark would be refused first.
    environment["JAVA_HOME"] = str(tmp_path / "no java")
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 2, done.stderr
    assert "./results.v1" in done.stderr and "`results`.`v1`" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["s.yaml"]


def test_a_catalog_is_known_by_its_property() -> None:
    with pytest.raises(SettingsError, match="no catalog 'results'"):
        reach.refuse_unknown_catalog(parse("results.v1"), {"spark.sql.catalog.other": "some.Class"})
    reach.refuse_unknown_catalog(parse("results.v1"), {"spark.sql.catalog.results": "some.Class"})
    reach.refuse_unknown_catalog(parse("spark_catalog.v1"), {})
    reach.refuse_unknown_catalog(parse("./results.v1"), {})
