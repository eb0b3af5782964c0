"""Annotations become image features: one row per sample in order, whatever became of the shard since."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import tarfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from udfs.images import annotation_task
from udfs.images.annotation_task import AnnotationTask
from udfs.schemas import FEATURES
from udfs.shards.annotations import AnnotationField
from udfs.shards.registry import reader
from udfs.shards.task import IngestTask

LABELLED = {"classes": ["Dog", "cat", "dog", "mouse"], "scores": [0.25, 0.75, 0.5, 0.0]}
TAGS = [("cat", 0.75), ("dog", 0.5)]


def write(path: Path, samples: Sequence[tuple[str, Any]], mode: str = "w") -> None:
    """A tar of samples with a caption, and what is not None as .json."""
    with tarfile.open(path, mode) as tar:  # type: ignore[call-overload]
        for key, value in samples:
            members = (
                [("txt", b"a caption")] if value is None else [("txt", b"a"), ("json", json.dumps(value).encode())]
            )
            for ending, data in members:
                member = tarfile.TarInfo(f"{key}.{ending}")
                member.size = len(data)
                tar.addfile(member, io.BytesIO(data))


def wanted(root: Path, *shards: str, format: str = "webdataset") -> list[pa.RecordBatch]:
    """What ingestion stored of these shards: shard, sample and ordinal of the usable samples."""
    names = pa.record_batch({"shard": pa.array(shards)})
    rows = pa.Table.from_batches(IngestTask(reader(format, {}), str(root))(iter([names])))
    return rows.filter(pa.compute.equal(rows["status"], "ok")).select(["shard", "sample", "ordinal"]).to_batches()


def features(root: Path, rows: list[pa.RecordBatch], format: str = "webdataset", floor: float = 0.0) -> list[Any]:
    """(sample, status, tags or detail) of each row that the task gives."""
    task = AnnotationTask(reader(format, {}), str(root), AnnotationField("classes"), floor)  # type: ignore[arg-type]
    found = pa.Table.from_batches(task(iter(rows)), FEATURES).to_pylist()
    return [
        (row["sample"], row["status"], row["detail"] or [(tag["label"], tag["score"]) for tag in row["tags"]])
        for row in found
    ]


@pytest.mark.parametrize("name", ["a.tar", "a.tar.gz"])
def test_tags_are_the_labels_above_the_floor_best_first(tmp_path: Path, name: str) -> None:
    none = {"classes": [], "scores": []}
    samples = [("0", LABELLED), ("1", None), ("0", LABELLED), ("2", {"caption": "b"}), ("3", none)]
    write(tmp_path / name, samples, "w:gz" if name.endswith("gz") else "w")
    rows = wanted(tmp_path, name)
    assert features(tmp_path, rows) == [
        ("0", "ok", TAGS),
        ("1", "bad_member", "no annotations: the sample has no .json"),
        ("2", "bad_member", "no annotations: no classes among caption"),
        ("3", "ok", []),
    ]
    assert features(tmp_path, rows, floor=0.5)[0] == ("0", "ok", [("cat", 0.75)])


def test_columns_of_parquet_are_read_too(tmp_path: Path) -> None:
    columns = {"caption": ["a", "b", None], "key": ["x", "y", "z"], "classes": [LABELLED["classes"], None, ["dog"]]}
    pq.write_table(pa.table({**columns, "scores": [LABELLED["scores"], [], [1.0]]}), tmp_path / "a.parquet")
    pq.write_table(pa.table({"caption": ["a"]}), tmp_path / "b.parquet")
    rows = wanted(tmp_path, "a.parquet", "b.parquet", format="parquet")
    assert features(tmp_path, rows, "parquet") == [
        ("x", "ok", TAGS),
        ("y", "bad_member", "no annotations: null classes"),
        ("0", "bad_member", "no annotations: no classes"),
    ]


def test_a_shard_that_changed_or_is_gone_is_no_other_sample(tmp_path: Path) -> None:
    for name in ("a.tar", "b.tar", "c.tar"):
        write(tmp_path / name, [("0", LABELLED), ("1", LABELLED)])
    rows = wanted(tmp_path, "a.tar", "b.tar", "c.tar")
    write(tmp_path / "a.tar", [("9", LABELLED)])
    (tmp_path / "b.tar").unlink()
    found = features(tmp_path, rows)
    changed = "the shard has changed since it was ingested, ingest it again"
    assert found[:2] == [("0", "fetch_error", changed), ("1", "fetch_error", changed)]
    assert [row[:2] for row in found[2:4]] == [("0", "fetch_error"), ("1", "fetch_error")]
    assert found[2][2].startswith("FileNotFoundError: ") and found[4:] == [("0", "ok", TAGS), ("1", "ok", TAGS)]


def test_a_cut_tar_keeps_what_was_whole(tmp_path: Path) -> None:
    write(tmp_path / "a.tar", [("0", LABELLED), ("1", LABELLED)])
    data = (tmp_path / "a.tar").read_bytes()
    (tmp_path / "a.tar").write_bytes(data[:3_000])
    assert features(tmp_path, wanted(tmp_path, "a.tar")) == [("0", "ok", TAGS)]


def test_batches_are_small_whatever_the_samples_hold(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(annotation_task, "BATCH_TAGS", 3)
    write(tmp_path / "a.tar", [(str(number), LABELLED) for number in range(5)])
    task = AnnotationTask(reader("webdataset", {}), str(tmp_path), AnnotationField("classes"), 0.0)  # type: ignore[arg-type]
    rows = wanted(tmp_path, "a.tar")
    parts = list(task._features("a.tar", iter([(str(number), number) for number in range(5)])))
    assert [part.num_rows for part in parts] == [2, 2, 1] and len(features(tmp_path, rows)) == 5
    assert all(part["seconds"][0].as_py() for part in parts)


def test_neither_torch_nor_an_image_is_needed(tmp_path: Path) -> None:
    code = "import sys, udfs.images.annotation_task; assert not {'torch', 'PIL', 'spacy'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).resolve().parents[3])
