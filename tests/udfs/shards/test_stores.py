"""A URI says how its store is reached, by names; what lies under them is looked up where it is opened."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import fs

from udfs import statuses
from udfs.shards.image_reads import UnreadImage, read_images
from udfs.shards.registry import reader
from udfs.shards.schemes import shown
from udfs.shards.stores import PROFILES, Credentials, Store, store_of
from udfs.shards.task import IngestTask
from udfs.shards.uris import filesystem_and_path, join

STORES = [
    Store("eu-west-1"),
    Store("us-east-1", "http://minio:9000", key="LAKE_KEY", secret="LAKE_SECRET", token="LAKE_TOKEN"),
    Store("us-east-1", "https://[::1]:9000", profile="the lake's; a/b@c:d&e=f"),
    Store("us-west-2", anonymous=True),
]


@pytest.mark.parametrize("store", STORES, ids=lambda store: store.region)
def test_a_uri_keeps_its_store_and_its_path(store: Store) -> None:
    uri = store.at("s3a://b.c/x%20y/z.csv")
    assert store_of(uri) == store and store_of(join(uri, "a b#c")) == store
    assert shown(f"cannot read '{uri}': gone") == "cannot read 's3a://b.c/x%20y/z.csv': gone"
    assert store.at(uri) == uri and STORES[0].at(uri) == STORES[0].at("s3a://b.c/x%20y/z.csv")
    assert uri.rpartition("/")[2] == "z.csv"


@pytest.mark.parametrize(
    "uri", ["s3://b/x", "s3://anonymous@b/x?region=a", "s3://key@b/x", "s3://region=a&other=b@b/x"]
)
def test_other_uris_say_no_store(uri: str) -> None:
    assert store_of(uri) is None


def test_variables_are_looked_up_where_the_store_is_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LAKE_KEY", "LAKE_SECRET", "LAKE_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    uri = STORES[1].at("s3a://b/x%20y")
    monkeypatch.setenv("LAKE_KEY", "k")
    with pytest.raises(PermissionError, match="environment variable LAKE_SECRET is not set on"):
        filesystem_and_path(uri)
    monkeypatch.setenv("LAKE_SECRET", "s")
    monkeypatch.setenv("LAKE_TOKEN", "t")
    assert STORES[1].credentials() == Credentials("k", "s", "t")
    filesystem, path = filesystem_and_path(uri)
    expected: dict[str, Any] = {"access_key": "k", "secret_key": "s", "session_token": "t", "region": "us-east-1"}
    assert path == "b/x y"
    assert filesystem.equals(fs.S3FileSystem(endpoint_override="minio:9000", scheme="http", **expected))
    assert filesystem_and_path(join(uri, "z"))[0] is filesystem, "connections are shared by a bucket's files"


def test_an_executor_without_them_fetches_nothing_and_says_what_it_lacks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ABSENT", raising=False)
    root = Store("us-east-1", key="ABSENT", secret="ABSENT").at("s3://b/x")
    (batch,) = IngestTask(reader("webdataset", {}), root)(iter([pa.RecordBatch.from_pydict({"shard": ["0.tar"]})]))
    (row,) = batch.to_pylist()
    assert row["status"] == statuses.FETCH_ERROR and "the environment variable ABSENT is not set on" in row["detail"]
    (problem,) = read_images(root, [("0.tar", "a", {"layout": "tar"})])
    assert isinstance(problem, UnreadImage) and problem.status == statuses.FETCH_ERROR and "ABSENT" in problem.detail


def test_a_profile_is_one_of_the_file_of_credentials(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "credentials"
    monkeypatch.setenv(PROFILES, str(file))
    store = Store("us-east-1", profile="lake")
    with pytest.raises(PermissionError, match=r"credentials on .* has no profile \[lake\]"):
        store.credentials()
    file.write_text("[other]\n[lake]\naws_access_key_id = k\naws_secret_access_key = s%(x)\n[role]\nrole_arn = r\n")
    assert store.credentials() == Credentials("k", "s%(x)", None)
    with pytest.raises(PermissionError, match=r"\[role\] has no aws_access_key_id.*AWS_PROFILE"):
        Store("us-east-1", profile="role").credentials()


def test_without_names_a_machine_uses_its_own() -> None:
    assert STORES[0].credentials() is None and STORES[3].credentials() is None
    assert filesystem_and_path(STORES[3].at("s3://b/x"))[0].equals(fs.S3FileSystem(region="us-west-2", anonymous=True))
