from __future__ import annotations

import csv
import gzip
import io
import json
import struct
import tarfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from udfs.shards import assembly, tars, uris, webdataset
from udfs.shards.image_reads import read_images

Rows = list[dict[str, Any]]
Ingest = Callable[..., Rows]
Tar = Callable[..., Path]

# What ingestion may make of a case by the manifest's `expected`. Images are looked at when they are decoded:
# a broken one is a sample like any other here, and a half that is absent leaves the other half a sample.
ALLOWED = {
    "accept": {"ok"},
    "accept-image": {"ok"},
    "accept-text": {"ok"},
    "accept-prefix": {"ok", "truncated_shard"},  # a key behind the damage has no row of its own
    "reject-image": {"ok"},
    "reject-member": {"bad_member"},
    "reject-shard": {"bad_shard"},
    "accept-shard": set(),
    "defined": {"ok", "duplicate_key"},
}


def outcomes(rows: Rows, key: str, expected: str) -> set[str]:
    """Statuses of a manifest's key: its sample, or the member that is none, and the key's repeat."""
    names = (key, f"{key}.jpg", f"{key}#2" if expected == "defined" else key)
    return {row["status"] for row in rows if row["sample"] in names}


def test_every_fault_ends_as_the_manifest_allows(shared: Path, ingest: Ingest) -> None:
    folder = shared / "corpora" / "faults"
    with (folder / "MANIFEST.csv").open(encoding="utf-8") as file:
        cases = list(csv.DictReader(file))
    assert len(cases) == 67
    rows = {name: ingest("webdataset", folder, name) for name in {case["file"] for case in cases}}
    for case in cases:
        found, allowed = rows[case["file"]], ALLOWED[case["expected"]]
        long_key = case["key"].startswith("long_")  # the manifest shortens this one
        key = next(row["sample"] for row in found if "kkk" in row["sample"]) if long_key else case["key"]
        seen = outcomes(found, key, case["expected"]) if key else {row["status"] for row in found}
        if case["expected"] == "accept-prefix":
            seen = seen or {row["status"] for row in found if row["sample"] == "#shard"}
        assert seen <= allowed and bool(seen) == bool(allowed), (case, seen)


def test_prefix_of_damaged_shards_is_kept(shared: Path, ingest: Ingest) -> None:
    rows = ingest("webdataset", shared / "corpora" / "faults", "00002_truncated.tar", "00007_bitflip.tar")
    found = [(row["sample"], row["status"]) for row in rows]
    assert found == [
        *[(f"00002000{index}", "ok") for index in range(5)],
        ("#shard", "truncated_shard"),
        *[(f"00007000{index}", "ok") for index in range(4)],
        ("#shard", "truncated_shard"),
    ]
    assert "000020005" in rows[5]["detail"]


def test_halves_and_repairs(shared: Path, ingest: Ingest) -> None:
    rows = {row["sample"]: row for row in ingest("webdataset", shared / "corpora" / "faults", "00000.tar")}
    assert rows["000000018"]["caption"] is None and rows["000000018"]["image"]
    assert rows["000000019"]["caption"] and rows["000000019"]["image"] is None
    assert rows["000000020"]["caption"] == ""
    assert rows["000000021"]["caption_repaired"] and "\ufffd" in rows["000000021"]["caption"]
    assert rows["000000022"]["caption"].__len__() == 1 << 20
    assert rows["000000023"]["caption_repaired"] and "\0" not in rows["000000023"]["caption"]
    assert rows["000000025"]["caption"][0] != "\ufeff" and not rows["000000025"]["caption_repaired"]
    assert rows["000000030"]["caption"] and rows["000000030"]["status"] == "ok"
    # Split by interleaving: the halves are never joined with another key's.
    assert rows["000000900"]["caption"] is None and rows["000000900#2"]["image"] is None


def by_tarfile(path: Path) -> dict[str, dict[str, bytes]]:
    parts: dict[str, dict[str, bytes]] = {}
    with tarfile.open(path) as archive:
        for member in archive:
            file = archive.extractfile(member)
            assert file is not None
            key, _, extension = member.name.partition(".")
            parts.setdefault(key, {})[extension] = file.read()
    return parts


def test_real_shard_equals_what_tarfile_gives(shared: Path, ingest: Ingest) -> None:
    root = shared / "corpora" / "wds" / "flickr_like"
    rows = ingest("webdataset", root, "00000.tar")
    truth = by_tarfile(root / "00000.tar")
    assert len(rows) == len(truth) == 456
    assert {row["sample"] for row in rows} == set(truth)
    images = list(read_images(str(root), [(row["shard"], row["sample"], row["image"]) for row in rows]))
    for row, image in zip(rows, images, strict=True):
        parts = truth[row["sample"]]
        meta = json.loads(parts["json"])
        assert row["status"] == "ok" and row["image"]["layout"] == "tar"
        assert row["caption"] == parts["txt"].decode()
        assert (row["url"], row["width"], row["height"]) == (meta["url"], meta["width"], meta["height"])
        assert image == parts["jpg"]


def test_all_shards_hold_the_pairs_that_were_downloaded(shared: Path, ingest: Ingest) -> None:
    names = [f"{number:05d}.tar" for number in range(6)]
    rows = ingest("webdataset", shared / "corpora" / "wds" / "flickr_like", *names)
    assert Counter(row["status"] for row in rows) == {"ok": 2748}
    seconds = [row["seconds"] for row in rows if row["seconds"]]
    assert len(seconds) == len(names) and all(dict(phases)["read"] > 0 for phases in seconds)


class Counting:
    """A real file that counts the bytes it gives."""

    def __init__(self, uri: str, total: list[int]) -> None:
        self._file, self._total = uris.open_shard(uri), total

    def read(self, count: int) -> bytes:
        data: bytes = self._file.read(count)
        self._total.append(len(data))
        return data

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)

    def __enter__(self) -> Counting:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()


def test_bodies_of_images_are_not_read(shared: Path, ingest: Ingest, tar: Tar, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[int] = []
    monkeypatch.setattr(webdataset, "open_shard", lambda uri: Counting(uri, read))
    big = tar([("a.jpg", bytes(50 << 20)), ("a.txt", b"a cat")])
    assert ingest("webdataset", big.parent, big.name)[0]["caption"] == "a cat"
    assert sum(read) < 40_000  # of 50 MiB: headers, text and the zeros at the end

    read.clear()
    root = shared / "corpora" / "wds" / "flickr_like"
    rows = ingest("webdataset", root, "00000.tar")
    others = (root / "00000.tar").stat().st_size - sum(row["image"]["length"] for row in rows)
    assert sum(read) < others + len(rows) * tars.AHEAD_LOCAL


@pytest.mark.parametrize("format", [tarfile.PAX_FORMAT, tarfile.GNU_FORMAT])
def test_cut_anywhere_keeps_whole_samples_only(tar: Tar, ingest: Ingest, format: int) -> None:
    members = []
    for index in range(4):
        key = f"{'long/' * 30}{index}_ünï"
        members += [
            (f"{key}.jpg", bytes([index + 1]) * (300 + 600 * index)),
            (f"{key}.json", b'{"url": "u", "width": 3}'),
            (f"{key}.txt", f"caption {index}".encode()),
        ]
    path = tar(members, format=format)
    whole = path.read_bytes()
    full = [strip(row) for row in ingest("webdataset", path.parent, path.name)]
    assert len(full) == 4
    least = 0
    for cut in range(0, len(whole), 512):
        path.write_bytes(whole[:cut])
        rows = ingest("webdataset", path.parent, path.name)
        kept = [strip(row) for row in rows if row["sample"] != "#shard"]
        assert kept == full[: len(kept)] and len(kept) >= least, cut
        least = len(kept)
        told = [row["status"] for row in rows if row["sample"] == "#shard"]
        assert told in (["truncated_shard"], ["bad_shard"]) or (told == [] and kept == full), cut
    assert least == 4


@pytest.mark.parametrize("mode", ["w", "w:gz"])
def test_an_image_that_comes_last_and_is_cut(tar: Tar, ingest: Ingest, mode: str) -> None:
    noise = b"".join(struct.pack("<Q", step**9 % 2**64) for step in range(1000))
    path = tar([("a.txt", b"cat"), ("a.jpg", b"a"), ("b.txt", b"dog"), ("b.jpg", noise)], mode=mode)
    path.write_bytes(path.read_bytes()[: 6000 if mode == "w" else 3000])
    rows = ingest("webdataset", path.parent, path.name)
    assert [(row["sample"], row["status"]) for row in rows] == [("a", "ok"), ("#shard", "truncated_shard")]


def test_no_end_of_archive(tar: Tar, ingest: Ingest) -> None:
    path = tar(sequence(3))
    path.write_bytes(path.read_bytes()[: 3 * 4 * 512])
    rows = ingest("webdataset", path.parent, path.name)
    assert [row["status"] for row in rows] == ["ok"] * 3 + ["truncated_shard"]
    assert rows[-1]["detail"] == "no end-of-archive block at byte 6144"


def strip(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name != "seconds"}


@pytest.mark.parametrize("cut", [1, 30, 200, 2000, 5000, -9, -4, -1])
def test_gzip_cut_mid_stream(tar: Tar, ingest: Ingest, cut: int) -> None:
    path = tar(sequence(40), "00000.tar.gz", "w:gz")
    full = [strip(row) for row in ingest("webdataset", path.parent, path.name)]
    assert len(full) == 40 and full[0]["image"]["layout"] == "tar.gz"
    path.write_bytes(path.read_bytes()[:cut])
    rows = ingest("webdataset", path.parent, path.name)
    kept = [strip(row) for row in rows[:-1]]
    assert kept == full[: len(kept)]
    assert rows[-1]["sample"] == "#shard"
    assert rows[-1]["status"] == ("bad_shard" if 0 < cut < 100 else "truncated_shard")
    assert cut > 0 or len(kept) == 40


def sequence(count: int) -> list[tuple[str, bytes]]:
    """Members of samples 0 to count - 1 whose images do not compress away."""
    members = []
    for index in range(count):
        noise = b"".join(struct.pack("<Q", (index * 7919 + step) ** 5 % 2**64) for step in range(60))
        members += [(f"{index:04d}.jpg", noise), (f"{index:04d}.txt", f"caption {index}".encode())]
    return members


def test_gzip_is_known_by_content_and_offsets_are_in_its_stream(tar: Tar, ingest: Ingest) -> None:
    plain = tar(sequence(5), "plain.tar")
    zipped = plain.with_name("named.tar")
    zipped.write_bytes(gzip.compress(plain.read_bytes()))
    rows = ingest("webdataset", plain.parent, "plain.tar", "named.tar")
    places = [(row["image"]["offset"], row["image"]["length"]) for row in rows]
    assert places[:5] == places[5:]
    assert {row["image"]["layout"] for row in rows[5:]} == {"tar.gz"}


def test_repeated_keys_keep_the_first(tar: Tar, ingest: Ingest) -> None:
    members = [(name, name.encode()) for name in ("a.jpg", "a.txt", "a.jpg", "b.txt", "a.txt", "a#2.txt")]
    path = tar(members)
    rows = ingest("webdataset", path.parent, path.name)
    assert [(row["sample"], row["status"]) for row in rows] == [
        ("a", "ok"),
        ("a#2", "duplicate_key"),
        ("b", "ok"),
        ("a#3", "duplicate_key"),
        ("a#2#2", "ok"),
    ]
    assert rows[0]["caption"] == "a.txt" and rows[1]["caption"] is None


def test_members_that_are_no_samples(tar: Tar, ingest: Ingest) -> None:
    folder, fifo, link = tarfile.TarInfo("sub.dir"), tarfile.TarInfo("pipe.jpg"), tarfile.TarInfo("hard.jpg")
    folder.type, fifo.type, link.type, link.linkname = (
        tarfile.DIRTYPE,
        tarfile.FIFOTYPE,
        tarfile.LNKTYPE,
        "a.jpg",
    )
    path = tar([folder, ("a.jpg", b"x"), fifo, ("._a.jpg", b"x"), ("a.txt", b"cat"), link, ("README", b"x")])
    rows = ingest("webdataset", path.parent, path.name)
    assert Counter(row["status"] for row in rows) == {"bad_member": 4, "ok": 1}
    assert next(row for row in rows if row["sample"] == "a")["caption"] == "cat"


@pytest.mark.parametrize(
    ("meta", "caption"),
    [
        (b'{"caption": "from json", "width": 9999999999, "height": true, "url": 3}', "from json"),
        (b'\xef\xbb\xbf{"caption": "bom"}', "bom"),
        (b'{"caption": "\\ud83d\\ude00 \\ud800"}', "\U0001f600 \ufffd"),
        (b'{"caption": 7}', None),
        (b"[" * 100_000, None),
        (b'{"width": ' + b"9" * 5000 + b"}", None),
        (b"[1]", None),
        (b"\xff\xfe\x00", None),
    ],
)
def test_captions_of_json(tar: Tar, ingest: Ingest, meta: bytes, caption: str | None) -> None:
    path = tar([("a.jpg", b"x"), ("a.json", meta)])
    (row,) = ingest("webdataset", path.parent, path.name)
    assert (row["status"], row["caption"], row["width"], row["height"]) == ("ok", caption, None, None)


def test_text_of_any_length_is_not_loaded(tar: Tar, ingest: Ingest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(assembly, "LONGEST_TEXT", 1000)
    path = tar([("a.jpg", b"x"), ("a.txt", b"x" * 1001), ("b.txt", b"x" * 1000)])
    rows = ingest("webdataset", path.parent, path.name)
    assert [(row["sample"], row["status"]) for row in rows] == [
        ("a.txt", "bad_member"),
        ("a", "ok"),
        ("b", "ok"),
    ]


def test_names_that_are_not_text(tmp_path: Path, ingest: Ingest) -> None:
    path = tmp_path / "latin.tar"
    with tarfile.open(path, "w", format=tarfile.GNU_FORMAT, encoding="latin-1") as archive:
        for name in ("caf\xe9.txt", "caf\xe8.txt"):
            info = tarfile.TarInfo(name)
            info.size = 1
            archive.addfile(info, io.BytesIO(b"x"))
    rows = ingest("webdataset", tmp_path, path.name)
    assert [row["sample"] for row in rows] == ["caf\\xe9", "caf\\xe8"]


def test_a_hole_and_a_second_archive_are_told(tar: Tar, ingest: Ingest) -> None:
    path = tar(sequence(6))
    whole = path.read_bytes()
    middle = 4 * 512 * 3
    path.write_bytes(whole[:middle] + bytes(4096) + whole[middle + 4096 :])
    rows = ingest("webdataset", path.parent, path.name)
    assert rows[-1]["status"] == "truncated_shard" and "end-of-archive" in rows[-1]["detail"]
    path.write_bytes(whole + whole)
    rows = ingest("webdataset", path.parent, path.name)
    assert [row["status"] for row in rows] == ["ok"] * 6 + ["truncated_shard"]
    # The end was reached before: the last sample is whole, whatever the others have.
    path = tar([("a.jpg", b"x"), ("a.txt", b"cat"), ("b.jpg", b"x")])
    path.write_bytes(path.read_bytes() + b"x" * 512)
    rows = ingest("webdataset", path.parent, path.name)
    assert [row["sample"] for row in rows] == ["a", "b", "#shard"]


def hostile_header(name: str, kind: bytes, size: bytes) -> bytes:
    info = tarfile.TarInfo(name)
    info.type = kind
    block = bytearray(info.tobuf(tarfile.GNU_FORMAT))
    block[124:136] = size
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block)
    return bytes(block)


# The next header would be this one again.
NEGATIVE = b"\xff" + (-512).to_bytes(11, "big", signed=True)
HUGE = b"\x80" + (1 << 60).to_bytes(11, "big")


@pytest.mark.parametrize("size", [NEGATIVE, HUGE])
@pytest.mark.parametrize("kind", [tarfile.REGTYPE, tarfile.XHDTYPE, tarfile.GNUTYPE_LONGNAME, b"Z"])
def test_sizes_that_lie(tar: Tar, ingest: Ingest, kind: bytes, size: bytes) -> None:
    path = tar(sequence(3))
    path.write_bytes(path.read_bytes()[: 3 * 4 * 512] + hostile_header("x.txt", kind, size) + bytes(2048))
    rows = ingest("webdataset", path.parent, path.name)
    assert [row["status"] for row in rows if row["status"] != "bad_member"] == ["ok"] * 3 + ["truncated_shard"]


def test_headers_that_announce_headers(tar: Tar, ingest: Ingest) -> None:
    path = tar(sequence(3))
    header = hostile_header("x", tarfile.XGLTYPE, b"%011o\0" % 0)
    path.write_bytes(path.read_bytes()[: 3 * 4 * 512] + header * 5000)
    rows = ingest("webdataset", path.parent, path.name)
    assert [row["status"] for row in rows] == ["ok"] * 3 + ["truncated_shard"]


def test_memory_does_not_grow_with_the_archive(tar: Tar) -> None:
    path = tar(sequence(30))
    with uris.open_shard(str(path)) as file:
        archive = tars.Archive(file, tars.AHEAD_LOCAL)
        held = [len(archive._tar.members) for _ in archive if archive._tar]  # type: ignore[attr-defined]
    assert max(held) <= 1


def test_empty_archive_has_no_rows(shared: Path, ingest: Ingest) -> None:
    assert ingest("webdataset", shared / "corpora" / "faults", "00004_eof_only.tar") == []


def test_batches_stay_small(tar: Tar, ingest: Ingest, monkeypatch: pytest.MonkeyPatch) -> None:
    from udfs.shards import task
    from udfs.shards.registry import reader

    monkeypatch.setattr(task, "BATCH_CHARACTERS", 1000)
    path = tar([(f"{index}.txt", b"x" * 400) for index in range(10)])
    ingestion = task.IngestTask(reader("webdataset", {}), str(path.parent))
    batches = list(ingestion(iter([pa.record_batch({"shard": [path.name]})])))
    assert [batch.num_rows for batch in batches] == [3, 3, 3, 1]
    assert [batch.column("ordinal")[0].as_py() for batch in batches] == [0, 3, 6, 9]


def test_a_class_as_caption(tar: Tar, ingest: Ingest) -> None:
    members = [("a.png", b"x"), ("a.cls", b"17"), ("a.txt", b"a dog"), ("b.png", b"x"), ("b.txt", b"a cat")]
    path = tar([*members, ("c.cls", b"3"), ("d.png", b"x"), ("d.json", b'{"caption": "a leaf"}')])
    rows = {row["sample"]: row for row in ingest("webdataset", path.parent, path.name, caption="cls")}
    captions = {name: row["caption"] for name, row in rows.items()}
    assert captions == {"a": "17", "b": None, "c": "3", "d": "a leaf"}
    plain = {row["sample"]: row["caption"] for row in ingest("webdataset", path.parent, path.name)}
    assert plain == {"a": "a dog", "b": "a cat", "c": None, "d": "a leaf"}


@pytest.mark.parametrize("extension", ["png", "json", ".cls", "CLS", ""])
def test_what_is_no_extension_of_a_text_is_refused(extension: str) -> None:
    with pytest.raises(ValueError, match="expected the extension of a text member"):
        webdataset.WebDataset(caption=extension)
