from __future__ import annotations

import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from udfs.shards import image_reads, uris
from udfs.shards.image_reads import UnreadImage, read_images

Ingest = Callable[..., list[dict[str, Any]]]
Tar = Callable[..., Path]


def wanted(rows: list[dict[str, Any]]) -> list[image_reads.ImageRow]:
    return [(row["shard"], row["sample"], row["image"]) for row in rows]


@pytest.fixture
def requests(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The sizes of all reads of shards opened by `read_images`."""
    sizes: list[int] = []

    class Counting:
        def __init__(self, uri: str) -> None:
            self._file = uris.open_shard(uri)

        def read(self, count: int) -> bytes:
            sizes.append(count)
            data: bytes = self._file.read(count)
            return data

        def seek(self, position: int) -> int:
            moved: int = self._file.seek(position)
            return moved

        def __enter__(self) -> Counting:
            return self

        def __exit__(self, *_: object) -> None:
            self._file.close()

    monkeypatch.setattr(image_reads, "open_shard", Counting)
    return sizes


@pytest.mark.parametrize("mode", ["w", "w:gz"])
def test_offsets_point_at_the_bytes(tar: Tar, ingest: Ingest, mode: str) -> None:
    bodies = {f"{index:03d}": bytes([index]) * (index * 97) for index in range(60)}
    path = tar([(f"{key}.png", body) for key, body in bodies.items()], mode=mode)
    rows = ingest("webdataset", path.parent, path.name)
    assert list(read_images(str(path.parent), wanted(rows))) == list(bodies.values())
    assert list(read_images(str(path.parent), iter(wanted(rows)[7:50:13]))) == list(bodies.values())[7:50:13]


def test_neighbours_are_one_request_and_the_far_are_not_read(tar: Tar, ingest: Ingest, requests: list[int]) -> None:
    path = tar([(f"{index:03d}.jpg", bytes([index]) * 300_000) for index in range(100)])
    rows = wanted(ingest("webdataset", path.parent, path.name))
    assert len(list(read_images(str(path.parent), rows[:20]))) == 20
    assert len(requests) == 1
    requests.clear()
    assert [image[:1] for image in read_images(str(path.parent), [rows[3], rows[60]])] == [b"\x03", b"\x3c"]  # type: ignore[index]
    assert requests == [300_000, 300_000]


def test_a_shard_of_which_one_in_a_hundred_is_wanted_is_not_read_whole(
    tar: Tar, ingest: Ingest, requests: list[int]
) -> None:
    path = tar([(f"{index:04d}.jpg", bytes([index % 251]) * 20_000) for index in range(1000)])
    rows = wanted(ingest("webdataset", path.parent, path.name))[::100]
    assert [image[0] for image in read_images(str(path.parent), rows)] == [at % 251 for at in range(0, 1000, 100)]  # type: ignore[index]
    assert requests == [20_000] * 10, "1 % of the bytes of the shard"


def test_a_request_stays_under_its_bound(
    tar: Tar, ingest: Ingest, requests: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(image_reads, "LARGEST_REQUEST", 10_000)
    path = tar([(f"{index:03d}.jpg", bytes([index]) * 3000) for index in range(30)])
    rows = wanted(ingest("webdataset", path.parent, path.name))
    assert [len(image) for image in read_images(str(path.parent), rows)] == [3000] * 30  # type: ignore[arg-type]
    assert max(requests) <= 10_000


def test_problems_keep_the_order(tar: Tar, ingest: Ingest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(image_reads, "LARGEST_IMAGE", 100)
    monkeypatch.setattr(image_reads, "LARGEST_REQUEST", 100)
    path = tar([("a.jpg", b"a" * 10), ("b.txt", b"x"), ("c.jpg", b"c" * 101), ("d.jpg", b""), ("e.jpg", b"e")])
    rows = wanted(ingest("webdataset", path.parent, path.name))
    moved: list[image_reads.ImageRow] = [("gone.tar", "z", dict(rows[0][2] or {}))]
    found = list(read_images(str(path.parent), rows + moved))
    assert [image.status if isinstance(image, UnreadImage) else image for image in found] == [
        b"a" * 10, "no_image", "too_large", b"", b"e", "fetch_error",
    ]  # fmt: skip


@pytest.mark.parametrize("mode", ["w", "w:gz"])
def test_a_shard_cut_since_it_was_ingested(tar: Tar, ingest: Ingest, mode: str) -> None:
    path = tar([("a.jpg", b"a" * 1000), ("b.jpg", bytes(range(256)) * 40)], mode=mode)
    rows = wanted(ingest("webdataset", path.parent, path.name))
    path.write_bytes(path.read_bytes()[: 4000 if mode == "w" else 60])
    found = list(read_images(str(path.parent), rows))
    assert len(found) == 2
    assert isinstance(found[1], UnreadImage) and found[1].status == "fetch_error"


def test_images_of_hugging_face_parquet(shared: Path, ingest: Ingest) -> None:
    root = shared / "corpora" / "hf_parquet" / "data"
    names = sorted(path.name for path in root.iterdir())
    rows = ingest("parquet", root, *names)
    truth = [value["bytes"] for name in names for value in pq.read_table(root / name)["image"].to_pylist()]
    assert len(rows) == len(truth) == 300
    assert list(read_images(str(root), wanted(rows))) == truth
    assert list(read_images(str(root), wanted(rows)[5:295:60])) == truth[5:295:60]


def test_parquet_column_of_unusual_name_and_absent_images(tmp_path: Path, ingest: Ingest) -> None:
    photos = [None if index % 7 == 3 else bytes([index]) * 50 for index in range(150)]
    table = pa.table({"photo": pa.array(photos, pa.binary()), "image": pa.array([b"no"] * 150)})
    pq.write_table(table, tmp_path / "a.parquet", row_group_size=60)
    rows = ingest("parquet", tmp_path, "a.parquet", image="photo")
    found = list(read_images(str(tmp_path), wanted(rows)))
    assert [None if isinstance(image, UnreadImage) else image for image in found] == photos
    assert [row["status"] for row in rows] == ["ok" if photo else "no_caption" for photo in photos]


def test_parquet_that_has_changed(tmp_path: Path, ingest: Ingest) -> None:
    pq.write_table(pa.table({"jpg": [b"a", b"b", b"c"]}), tmp_path / "a.parquet")
    rows = wanted(ingest("parquet", tmp_path, "a.parquet"))
    pq.write_table(pa.table({"jpg": [b"a"]}), tmp_path / "a.parquet")
    found = list(read_images(str(tmp_path), rows))
    assert found[0] == b"a"
    assert [isinstance(image, UnreadImage) and image.status for image in found[1:]] == ["fetch_error"] * 2
    pq.write_table(pa.table({"x": [1]}), tmp_path / "a.parquet")
    assert all(isinstance(image, UnreadImage) for image in read_images(str(tmp_path), rows))


def test_unsorted_rows_never_give_another_rows_image(tmp_path: Path, tar: Tar, ingest: Ingest) -> None:
    path = tar([(f"{index}.jpg", bytes([index]) * 10) for index in range(9)])
    rows = wanted(ingest("webdataset", path.parent, path.name))
    assert [image[0] for image in read_images(str(path.parent), rows[::-1])] == [8, 7, 6, 5, 4, 3, 2, 1, 0]  # type: ignore[index]
    pq.write_table(pa.table({"jpg": [bytes([index]) for index in range(100)]}), tmp_path / "a.parquet")
    with pytest.raises(ValueError, match="sort"):
        list(read_images(str(tmp_path), wanted(ingest("parquet", tmp_path, "a.parquet"))[::-1]))


def test_folder(shared: Path, tmp_path: Path, ingest: Ingest) -> None:
    rows = ingest("folder", shared / "corpora" / "imagenet_sample", "images")
    assert len(rows) == 1000 and {row["caption"] for row in rows} == {"images"}
    root = shared / "corpora" / "imagenet_sample"
    for row, image in zip(rows[:20], read_images(str(root), wanted(rows[:20])), strict=True):
        assert image == (root / "images" / row["sample"]).read_bytes()

    (tmp_path / "red fox").mkdir()
    (tmp_path / "red fox" / "a#b?c %20.JPG").write_bytes(b"fox")
    (tmp_path / "red fox" / "notes.txt").write_bytes(b"no image")
    (tmp_path / "x.png").write_bytes(b"x")
    for root_uri in (str(tmp_path), tmp_path.as_uri()):
        rows = ingest("folder", root_uri, "red fox", ".")
        assert [(row["sample"], row["caption"]) for row in rows] == [
            ("a#b?c %20.JPG", "red fox"),
            ("#shard", None),
            ("x.png", None),
        ]
        assert list(read_images(root_uri, wanted(rows[::2]))) == [b"fox", b"x"]
    (row,) = ingest("folder", tmp_path, "gone")
    assert row["status"] == "fetch_error"


def test_a_huge_length_is_refused_before_it_is_read(tmp_path: Path) -> None:
    (tmp_path / "a.tar").write_bytes(b"x" * tarfile.BLOCKSIZE)
    place = {"layout": "tar", "offset": 0, "length": 1 << 50, "row_group": None, "row": None}
    (found,) = read_images(str(tmp_path), [("a.tar", "a", place)])
    assert isinstance(found, UnreadImage) and found.status == "too_large"
