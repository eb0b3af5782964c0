from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from jobs.core.listing import list_shards
from jobs.settings.corpora import Corpus

# As macOS writes it: in two characters.
CAFE = "cafe\u0301"

Ingest = Callable[..., list[dict[str, Any]]]


def shards_of(root: Path) -> dict[str, int]:
    """Listed folders with the bytes of what is counted in them."""
    listing = list_shards(Corpus(name="photos", format="folder", path=str(root)))
    return {shard.name: shard.bytes for shard in listing.shards}


def test_files_of_macos_and_windows_avif_and_names_of_all_kinds(shared: Path, ingest: Ingest) -> None:
    root = shared / "corpora" / "reports" / "folder"
    shards = shards_of(root)
    assert list(shards) == [".", CAFE, "dog", "dog/sub", "golden_retriever dog"]
    rows = ingest("folder", root, *shards)
    assert [(row["shard"], row["sample"], row["status"], row["caption"]) for row in rows] == [
        (".", "root.jpg", "ok", None),
        (CAFE, "a.png", "ok", CAFE),
        ("dog", "a.JPG", "ok", "dog"),
        ("dog", "b.jfif", "ok", "dog"),
        ("dog", "c.avif", "ok", "dog"),
        ("dog", "#shard", "bad_member", None),
        ("dog/sub", "y.jpg", "ok", "sub"),
        ("golden_retriever dog", "x.jpg", "ok", "golden_retriever dog"),
    ]
    assert rows[0]["detail"] == "no caption: the image lies in no folder that names its class"
    assert rows[5]["detail"] == "files that are no images are left out: 1 .db"


def test_what_is_listed_is_what_is_read(tmp_path: Path, ingest: Ingest) -> None:
    (tmp_path / "dog").mkdir()
    for name in ("_MG_1.jpg", "._a.jpg", "__meta__.png", "a.heic", "b.txt", "c.txt", "README"):
        (tmp_path / "dog" / name).write_bytes(b"x")
    assert shards_of(tmp_path) == {"dog": 2}
    rows = ingest("folder", tmp_path, "dog")
    assert [row["sample"] for row in rows] == ["_MG_1.jpg", "a.heic", "#shard"]
    assert rows[-1]["detail"] == "files that are no images are left out: 2 .txt, 1 no extension"
