"""Small archives written for one test, and the one way in which all tests ingest."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from udfs.schemas import SAMPLES
from udfs.shards.registry import reader
from udfs.shards.task import IngestTask


@pytest.fixture
def ingest() -> Callable[..., list[dict[str, Any]]]:
    """ingest(format, root, *shards, **options): the rows that the task yields, shard after shard."""

    def run(format: str, root: Path | str, *shards: str, **options: Any) -> list[dict[str, Any]]:
        task = IngestTask(reader(format, options), str(root))
        batches = list(task(iter([pa.record_batch({"shard": pa.array(shards, pa.string())})])))
        assert all(batch.schema.equals(SAMPLES) and 0 < batch.num_rows <= 1024 for batch in batches)
        rows: list[dict[str, Any]] = pa.Table.from_batches(batches, SAMPLES).to_pylist()
        assert len({(row["shard"], row["sample"]) for row in rows}) == len(rows), "names repeat in a shard"
        for shard in shards:
            ordinals = [row["ordinal"] for row in rows if row["shard"] == shard]
            assert ordinals == list(range(len(ordinals)))
        return rows

    return run


@pytest.fixture
def tar(tmp_path: Path) -> Callable[..., Path]:
    """tar(members, name, mode): a tar of (name, bytes) pairs or of ready `TarInfo`s."""

    def write(members: list[Any], name: str = "00000.tar", mode: str = "w", **options: Any) -> Path:
        path = tmp_path / name
        with tarfile.open(path, mode, **options) as archive:  # type: ignore[call-overload]
            for member in members:
                if isinstance(member, tarfile.TarInfo):
                    archive.addfile(member)
                    continue
                info = tarfile.TarInfo(member[0])
                info.size = len(member[1])
                archive.addfile(info, io.BytesIO(member[1]))
        return path

    return write
