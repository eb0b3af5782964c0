"""A lake in a bucket: what Spark and deltalake are told, and that its leases exclude one another."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pytest
import s3
from deltalake import DeltaTable

from jobs.core import buckets
from jobs.core.listing import list_shards
from jobs.errors import LeaseHeld, SettingsError
from jobs.lake import upkeep
from jobs.lake.lake import Lake
from jobs.lake.lease import WHOLE_LAKE, Lease, sole_driver
from jobs.lake.location import parse
from jobs.lake.object_store import deltalake_options, spark_properties
from jobs.lake.small_tables import VERSION_PROPERTY
from jobs.lake.table_files import partitions
from jobs.lake.tables import LEASES, SCHEMA_VERSION
from jobs.settings.settings import Settings
from udfs.shards.stores import Store
from udfs.shards.uris import filesystem_and_path, join, open_shard

BUCKET = "spark.hadoop.fs.s3a.bucket.b."
PROVIDER = f"{BUCKET}aws.credentials.provider"
S3A = "org.apache.hadoop.fs.s3a"
ARROW = {"STRING": pa.string(), "BIGINT": pa.int64(), "TIMESTAMP": pa.timestamp("us", "UTC")}
DRIVERS = 4


def properties(store: Store) -> dict[str, str]:
    return spark_properties(parse(store.at("s3://b/x")))


def test_spark_is_told_names_and_never_what_they_stand_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("K", "hush")
    assert properties(Store("us-east-1", "http://minio:9000", key="K", secret="S")) == {
        f"{BUCKET}endpoint": "http://minio:9000",
        f"{BUCKET}endpoint.region": "us-east-1",
        f"{BUCKET}path.style.access": "true",
        PROVIDER: f"{S3A}.SimpleAWSCredentialsProvider",
        f"{BUCKET}access.key": "${env.K}",
        f"{BUCKET}secret.key": "${env.S}",
    }
    temporary = properties(Store("a", key="K", secret="S", token="T"))
    assert temporary[PROVIDER] == f"{S3A}.TemporaryAWSCredentialsProvider"
    assert temporary[f"{BUCKET}session.token"] == "${env.T}"
    assert properties(Store("a", profile="p"))[f"{BUCKET}auth.profile.name"] == "p"
    assert properties(Store("a", anonymous=True))[PROVIDER] == f"{S3A}.AnonymousAWSCredentialsProvider"
    assert properties(Store("a")) == {f"{BUCKET}endpoint.region": "a"}
    assert spark_properties(parse("s3://b/x")) == {} == spark_properties(parse("/b/x"))


def test_the_library_commits_on_condition_wherever_the_store_is() -> None:
    assert deltalake_options(parse("/b/x")) == {} == deltalake_options(parse("gs://b/x"))
    assert deltalake_options(parse("s3a://b/x")) == {"aws_conditional_put": "etag"}
    public = deltalake_options(parse(Store("a", "https://minio", anonymous=True).at("s3://b/x")))
    assert public.items() >= {("aws_conditional_put", "etag"), ("aws_skip_signature", "true"), ("aws_region", "a")}
    assert public["aws_allow_http"] == "false"


def test_the_connector_is_that_of_sparks_own_hadoop() -> None:
    lake = parse("s3a://b/x")
    (package,) = buckets.connector(lake, {})
    assert package.startswith("org.apache.hadoop:hadoop-aws:3.")
    assert buckets.connector(parse("/b/x"), {}) == []
    for key, value in (("spark.jars", "/jars/hadoop-aws-3.5.0.jar"), ("spark.jars.packages", f"a:b:1,{package}")):
        assert buckets.connector(lake, {key: value}) == []


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[s3.Server]:
    with s3.server(tmp_path_factory.mktemp("s3") / "server.log") as found:
        yield found


@pytest.fixture
def uri(running: s3.Server, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> str:
    """A lake of its own in the private bucket, with an empty table of leases."""
    for name, value in ((s3.VARIABLES["key"], s3.KEY), (s3.VARIABLES["secret"], s3.SECRET)):
        monkeypatch.setenv(name, value)
    store = Store("us-east-1", running.address, **s3.VARIABLES)
    uri = store.at(f"s3a://{s3.LAKES}/{request.node.name}")
    DeltaTable.create(
        str(parse(uri).deltalake(LEASES.name)),
        pa.schema([(column.name, ARROW[column.type]) for column in LEASES.columns]),
        partition_by=list(LEASES.partitioned_by),
        configuration={VERSION_PROPERTY: str(SCHEMA_VERSION)},
        storage_options=deltalake_options(parse(uri)),
        raise_if_key_not_exists=False,
    )
    return uri


def test_arrow_reads_a_public_bucket_unsigned_beside_a_private_one(
    running: s3.Server, uri: str, tmp_path: Path
) -> None:
    (tmp_path / "a shard.tar").write_bytes(b"x")
    running.upload(tmp_path, "corpus")
    lake, corpus = f"s3a://{s3.LAKES}/y", f"s3://{s3.PUBLIC}/corpus"
    source = {"name": "c", "format": "webdataset", "path": corpus}
    settings = Settings.model_validate({"name": "x", "lake": lake, "corpora": [source], "storage": running.storage})
    listing = list_shards(settings.corpora[0])
    assert [shard.name for shard in listing.shards] == ["a shard.tar"]
    with open_shard(join(listing.root, "a shard.tar")) as shard:
        assert shard.read() == b"x"
    filesystem, path = filesystem_and_path(parse(settings.lake).arrow("t"))
    with filesystem.open_output_stream(path) as stream:
        stream.write(b"y")
    assert running.client.get_object(Bucket=s3.LAKES, Key="y/t")["Body"].read() == b"y"


def at_once(work: Callable[[int], None]) -> None:
    """Let DRIVERS threads begin at once, each with its number, and wait for them."""
    begin = threading.Barrier(DRIVERS)

    def drive(number: int) -> None:
        begin.wait(60)
        work(number)

    threads = [threading.Thread(target=drive, args=(number,)) for number in range(DRIVERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_no_commit_is_lost_to_one_of_the_same_moment(uri: str) -> None:
    def commit(number: int) -> None:
        for turn in range(3):
            now = datetime.now(UTC)
            key = {"corpus": f"c{number}", "stage": f"s{turn}"}
            row = {"owner": "o", "host": "h", "process": 1, "since": now, "heartbeat": now, "expires": now}
            Lake(None, uri).replace_rows("leases", key, [{**key, **row}])

    at_once(commit)
    found = {(row["corpus"], row["stage"]) for row in Lake(None, uri).rows("leases")}
    assert found == {(f"c{number}", f"s{turn}") for number in range(DRIVERS) for turn in range(3)}


def test_of_drivers_that_begin_at_once_one_comes_through(uri: str) -> None:
    end = threading.Barrier(DRIVERS)
    held: list[int] = []
    refused: list[str] = []

    def drive(number: int) -> None:
        try:
            with sole_driver(Lake(None, uri), 60):
                held.append(number)
                end.wait(60)
        except LeaseHeld as refusal:
            refused.append(str(refusal))
            end.wait(60)

    at_once(drive)
    assert (len(held), len(refused)) == (1, DRIVERS - 1)
    assert all("one driver at a time" in said and "held by" in said for said in refused)
    assert Lake(None, uri).rows("leases") == []


def test_nothing_is_written_to_a_bucket_but_by_the_sole_driver(uri: str) -> None:
    lake = Lake(None, uri)
    with pytest.raises(RuntimeError, match="outside of sole_driver"):
        lake.ensure("shards")
    with sole_driver(lake, 60), sole_driver(lake, 60), Lease(lake, "c", "ingest", 60).hold():
        (driver,) = lake.rows("leases", corpus="*")
        taken = {**driver, "owner": "another", "host": "elsewhere"}
        lake.exchange_row("leases", WHOLE_LAKE, driver, taken)
        with pytest.raises(LeaseHeld, match="held by another on elsewhere"):
            lake.ensure("shards")
    with pytest.raises(RuntimeError, match="outside of sole_driver"):
        lake.ensure("shards")


def test_a_driver_and_who_looks_after_the_lake_exclude_one_another(uri: str) -> None:
    lake, other = (Lake(None, uri) for _ in range(2))
    whole = Lease.of_whole_lake(other, 60)
    with sole_driver(lake, 60):
        with pytest.raises(LeaseHeld, match="held by"):
            whole.refuse_overlapping()
        with pytest.raises(LeaseHeld, match="held by"), whole.hold():
            pass
        with Lease(lake, "c", "ingest", 60).hold():
            lake.guards[0]()
    with whole.hold():
        # Upkeep drops rows, and is the sole driver meanwhile.
        assert len(other.guards) == 1
        whole.still_mine()
        with pytest.raises(LeaseHeld, match="held by"), sole_driver(lake, 60):
            pass
    assert other.guards == [] and lake.rows("leases") == []


def test_the_leases_are_looked_after_by_the_library(uri: str) -> None:
    lake = Lake(None, uri)
    now = datetime.now(UTC)
    for number in range(upkeep.COMMITS):
        row = {"owner": f"{number}", "host": "h", "process": 1, "since": now, "heartbeat": now, "expires": now}
        where = {"corpus": "c", "stage": "s", "owner": f"{number}"}
        lake.replace_rows("leases", where, [{**where, **row}])
    (before,) = upkeep.fragmented(partitions(lake, "leases"))
    upkeep.compact(lake, "leases", [before])
    assert [one.files for one in partitions(lake, "leases")] == [1]
    assert upkeep.is_due(lake, "leases")
    upkeep.checkpoint(lake, "leases")
    assert not upkeep.is_due(lake, "leases")
    upkeep.vacuum(lake, "leases", 0)
    assert len(lake.rows("leases")) == upkeep.COMMITS


def test_a_bucket_that_does_not_answer_is_said_with_what_to_give(uri: str, monkeypatch: pytest.MonkeyPatch) -> None:
    buckets.check_library(parse(uri))
    monkeypatch.setenv(s3.VARIABLES["key"], "another")
    with pytest.raises(SettingsError, match=rf"lake: s3a://{s3.LAKES}/.*does not reach it: .*section storage"):
        buckets.check_library(parse(uri))
