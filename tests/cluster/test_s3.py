"""A lake in a bucket, by the command line against a real S3 server: counts are those of a folder."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from pathlib import Path

import pytest
import s3
import tiny

from udfs.shards.contents import content
from udfs.shards.uris import filesystem_and_path


def conceptfreq(environment: dict[str, str], *arguments: str) -> str:
    """What a command prints, in a process of its own."""
    command = [sys.executable, "-m", "jobs.cli", *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    assert environment["AWS_SECRET_ACCESS_KEY"] not in done.stdout + done.stderr
    return done.stdout


def test_an_object_is_known_by_its_etag_under_any_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with s3.server("etags", tmp_path / "server.log") as environment:
        for name in ("AWS_ENDPOINT_URL", "AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            monkeypatch.setenv(name, environment[name])
        filesystem, bucket = filesystem_and_path("s3://etags")
        for name, data in {"a.tar": b"one", "b.tar": b"one", "c.tar": b"two"}.items():
            with filesystem.open_output_stream(f"{bucket}/{name}") as file:
                file.write(data)
        first, again, other = (content(f"s3a://etags/{name}.tar") for name in "abc")
    assert first and first.startswith("etag:") and first == again != other


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_a_run_on_s3a_is_complete_and_looked_at_without_spark(tmp_path: Path) -> None:
    tiny.corpus(tmp_path / "corpus")
    with s3.server("lakes", tmp_path / "server.log") as environment:
        changes = {"lake": "s3a://lakes/a%20lake", "report": {"output": "s3a://lakes/report.html"}}
        conf = {"spark.sql.shuffle.partitions": 2, **s3.spark_conf(environment)}
        path = tiny.write_settings(tmp_path, **changes, spark={"master": "local[2]", "conf": conf})
        assert json.loads(conceptfreq(environment, "run", str(path), "--json"))["done"] == 9
        assert json.loads(conceptfreq(environment, "run", str(path), "--json"))["written"] == "nothing"
        no_java = {**environment, "JAVA_HOME": "/nonexistent"}
        counts = csv.DictReader(conceptfreq(no_java, "counts", str(path), "--search", "text").splitlines())
        assert {row["concept"]: int(row["frequency"]) for row in counts}["dog"] == 3
        assert "captions" in conceptfreq(no_java, "status", str(path))
        assert "dog" in conceptfreq(no_java, "lookup", str(path), "dog")
