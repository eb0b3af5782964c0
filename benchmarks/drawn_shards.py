"""A corpus of very many, very small shards: three captions each, as tars or as text, in one folder."""

from __future__ import annotations

import io
import random
import tarfile
from pathlib import Path

CAPTIONS = 3
NOUNS = [
    "dog",
    "cat",
    "tiger",
    "river",
    "mat",
    "bicycle",
    "tree",
    "leaf",
    "house",
    "boat",
    "bird",
    "garden",
    "table",
    "glass",
    "window",
    "street",
]
PHRASES = ("a {} beside a {}", "the {} on the {} at night", "two {}s and an old {}", "photo of a {} near the {}")
ENDINGS = {"webdataset": ".tar", "delimited": ".tsv"}


def draw(folder: Path, kind: str, count: int) -> None:
    """Write shards 000000 to `count` - 1 of a format; those that are there are kept, and those beyond removed."""
    folder.mkdir(parents=True, exist_ok=True)
    there = {path.name for path in folder.iterdir()}
    wanted = {f"{number:06}{ENDINGS[kind]}": number for number in range(count)}
    for name in there - wanted.keys():
        (folder / name).unlink()
    for name in wanted.keys() - there:
        (folder / name).write_bytes(shard(kind, wanted[name]))


def shard(kind: str, number: int) -> bytes:
    """The bytes of the shard of a number, the same every time."""
    drawn = random.Random(number)
    captions = [drawn.choice(PHRASES).format(*drawn.sample(NOUNS, 2)) for _ in range(CAPTIONS)]
    if kind == "delimited":
        return "".join(f"{caption}\thttps://example.org/{number}\n" for caption in captions).encode()
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for row, caption in enumerate(captions):
            member = tarfile.TarInfo(f"{number:06}{row:04}.txt")
            member.size = len(caption)
            tar.addfile(member, io.BytesIO(caption.encode()))
    return buffer.getvalue()
