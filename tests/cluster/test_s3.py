"""A lake in a private bucket over a corpus in a public one, by the command line against a real S3 server."""

from __future__ import annotations

import csv
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import processes
import pytest
import s3
import tiny
from pydantic import TypeAdapter

from jobs.lake.lake import Lake
from jobs.lake.lease import sole_driver
from jobs.settings.loading import load_settings
from jobs.settings.storage import Storage, located
from udfs.shards.contents import content


def conceptfreq(environment: dict[str, str], *arguments: str, status: int = 0) -> tuple[str, str]:
    """What a command prints on stdout and stderr, in a process of its own."""
    done = processes.python("-m", "jobs.cli", *arguments, environment=environment)
    assert done.returncode == status, done.stderr[-3000:]
    assert s3.SECRET not in done.stdout + done.stderr
    return done.stdout, done.stderr


@contextmanager
def watched() -> Iterator[set[str]]:
    """What of these was seen on a command line while the context is open: the secret, or the name of its variable."""
    seen: set[str] = set()
    end = threading.Event()

    def watch() -> None:
        while not end.wait(0.5):
            lines = processes.command_lines()
            seen.update(text for text in (s3.SECRET, "${env." + s3.VARIABLES["secret"]) if text in lines)

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield seen
    finally:
        end.set()
        thread.join()


def objects(server: s3.Server) -> dict[str, bytes]:
    """What lies in the bucket of lakes, by key."""
    pages = server.client.get_paginator("list_objects_v2").paginate(Bucket=s3.LAKES)
    keys = [found["Key"] for page in pages for found in page["Contents"]]
    return {key: server.client.get_object(Bucket=s3.LAKES, Key=key)["Body"].read() for key in keys}


def dogs(environment: dict[str, str], path: str) -> int:
    """How often the corpus has dogs, looked up without Java."""
    told, _ = conceptfreq({**environment, "JAVA_HOME": "/nonexistent"}, "counts", path, "--search", "text")
    return next(int(row["frequency"]) for row in csv.DictReader(told.splitlines()) if row["concept"] == "dog")


def test_an_object_is_known_by_its_etag_under_any_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with s3.server(tmp_path / "server.log") as server:
        for name in s3.VARIABLES.values():
            monkeypatch.setenv(name, server.environment[name])
        bucket = located(f"s3a://{s3.LAKES}", TypeAdapter(Storage).validate_python(server.storage))
        for name, data in {"a.tar": b"one", "b.tar": b"one", "c.tar": b"two"}.items():
            server.client.put_object(Bucket=s3.LAKES, Key=name, Body=data)
        first, again, other = (content(f"{bucket}/{name}.tar") for name in "abc")
    assert first and first.startswith("etag:") and first == again != other


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_one_section_serves_spark_arrow_and_deltalake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tiny.corpus(tmp_path / "corpus")
    corpus = {"name": "tiny", "format": "webdataset", "path": f"s3://{s3.PUBLIC}/tiny"}
    changes: dict[str, Any] = {
        "lake": f"s3a://{s3.LAKES}/a%20lake",
        "report": {"output": f"s3a://{s3.LAKES}/report.html"},
        "corpora": [corpus],
        "spark": {"master": "local[2]", "conf": {"spark.sql.shuffle.partitions": 2}},
    }
    with s3.server(tmp_path / "server.log") as server:
        environment = server.environment
        server.upload(tmp_path / "corpus", "tiny")
        path = str(tiny.write_settings(tmp_path, **changes, storage=server.storage))
        with watched() as seen:
            told, _ = conceptfreq(environment, "run", path, "--json")
        assert json.loads(told)["done"] == 12
        assert seen == {"${env." + s3.VARIABLES["secret"]}, "Spark is told the name"
        assert dogs(environment, path) == 3
        no_java = {**environment, "JAVA_HOME": "/nonexistent"}
        assert "captions" in conceptfreq(no_java, "status", path)[0]
        assert "tiny, text: 3 of 8 samples" in conceptfreq(no_java, "lookup", path, "dog")[0]

        for name in s3.VARIABLES.values():
            monkeypatch.setenv(name, environment[name])
        lake = Lake(None, load_settings(path).lake)
        with sole_driver(lake, 600):
            for command in ("run", "maintain"):
                _, said = conceptfreq(environment, command, path, status=1)
                assert "takes one driver at a time" in said and "held by" in said
        assert json.loads(conceptfreq(environment, "run", path, "--json")[0])["written"] == "nothing"

        tiny.write_shard(tmp_path / "corpus" / "00003.tar", [("a", "a dog by a dog", None)])
        server.upload(tmp_path / "corpus", "tiny")
        credentials = f"[lake]\naws_access_key_id = {s3.KEY}\naws_secret_access_key = {s3.SECRET}\n"
        (tmp_path / "credentials").write_text(credentials)
        environment = {name: environment[name] for name in environment.keys() - set(s3.VARIABLES.values())}
        environment["AWS_SHARED_CREDENTIALS_FILE"] = str(tmp_path / "credentials")
        _, said = conceptfreq(environment, "run", path, status=2)
        assert f"{s3.VARIABLES['key']} is not set" in said
        storage = {**server.storage, f"s3://{s3.LAKES}": {"endpoint": server.address, "profile": "lake"}}
        path = str(tiny.write_settings(tmp_path, **changes, storage=storage))
        assert json.loads(conceptfreq(environment, "run", path, "--json")[0])["done"] == 16
        assert dogs(environment, path) == 4
        told, _ = conceptfreq(environment, "forget", path, "--shard", "00003.tar", "--json")
        assert json.loads(told)["tiny"]["rows"]["samples"] == 1
        assert dogs(environment, path) == 3

        for key, content in objects(server).items():
            assert s3.SECRET.encode() not in content and s3.KEY.encode() not in content, key
