"""If a bucket's server fails a third of all requests, shards are read whole; refused requests are not repeated."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator

import pyarrow as pa
import pytest
import s3
import tiny
from troubled_proxy import TROUBLES, Trouble, proxy

from udfs.shards.patience import patiently
from udfs.shards.registry import reader
from udfs.shards.stores import Store
from udfs.shards.task import IngestTask


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[s3.Server]:
    """A bucket with three shards of three samples each."""
    folder = tmp_path_factory.mktemp("store")
    tiny.corpus(folder / "corpus", images=True)
    with s3.server(folder / "server.log") as running:
        running.upload(folder / "corpus", "tiny")
        yield running


def statuses(address: str, shards: list[str]) -> Counter[str]:
    """The statuses of the rows that are read from the bucket at this address."""
    root = Store("us-east-1", address, anonymous=True).at(f"s3://{s3.PUBLIC}/tiny")
    task = IngestTask(reader("webdataset", {}), root)
    return Counter(
        status
        for batch in task(iter([pa.record_batch({"shard": shards})]))
        for status in batch.column("status").to_pylist()
    )


def test_what_fails_for_a_moment_is_asked_for_again(server: s3.Server) -> None:
    trouble = Trouble(share=0.3, seed=1)
    with proxy(server.address, trouble) as address:
        assert statuses(address, [f"0000{number % 3}.tar" for number in range(20)]) == {"ok": 60}
    assert set(trouble.seen) == set(TROUBLES)


def test_what_is_refused_is_not(server: s3.Server) -> None:
    refusing = Trouble(refused=("00001.tar",))
    with proxy(server.address, refusing) as address:
        assert statuses(address, ["00000.tar", "00001.tar"]) == {"ok": 3, "fetch_error": 1}
    assert refusing.seen == {"403": 1}


def test_a_server_that_never_answers_ends_in_its_error() -> None:
    began, asked = time.monotonic(), []

    def ask() -> None:
        asked.append(time.monotonic())
        raise OSError("AWS Error SLOW_DOWN during GetObject operation")

    with pytest.raises(OSError, match="SLOW_DOWN"):
        patiently(ask)
    assert len(asked) == 6 and time.monotonic() - began < 10
