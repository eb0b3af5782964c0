"""What is chosen is saved as the lake has it: keys, rows, or a webdataset; and pictures are small copies."""

from __future__ import annotations

import csv
import io
import json
import tarfile
from pathlib import Path
from urllib.parse import urlencode

import pytest
from explored import Answer, Served, serving
from PIL import Image

from jobs.explorer.saving import LARGEST_FORM

DOG = ["tiny", "00000.tar", 0]
CYCLE = ["tiny", "00001.tar", 1]


def save(served: Served, format: str, *keys: object) -> Answer:
    form = [("format", format), *(("key", key if isinstance(key, str) else json.dumps(key)) for key in keys)]
    return served.ask("POST", "/save", urlencode(form).encode())


def rows(answer: Answer) -> list[dict[str, str]]:
    assert answer.status == 200 and "attachment" in answer.headers["content-disposition"]
    return list(csv.DictReader(io.StringIO(answer.text)))


def test_keys_and_rows(served: Served) -> None:
    assert rows(save(served, "keys", CYCLE, DOG, DOG)) == [
        {"corpus": "tiny", "shard": "00000.tar", "sample": "00000000"},
        {"corpus": "tiny", "shard": "00001.tar", "sample": "00100001"},
    ]
    [row] = rows(save(served, "csv", DOG))
    assert (row["caption"], row["layout"], row["ordinal"]) == ("a dog and a cat on a mat", "tar", "0")


def test_a_webdataset_with_the_images_as_they_are_stored(served: Served, explored: Path) -> None:
    answer = save(served, "webdataset", DOG, CYCLE)
    with tarfile.open(fileobj=io.BytesIO(answer.body)) as tar:
        members = {member.name: tar.extractfile(member).read() for member in tar}  # type: ignore[union-attr]
    assert [*members][:3] == ["000000000.png", "000000000.txt", "000000000.json"] and len(members) == 6
    with tarfile.open(explored.parent / "corpus" / "00000.tar") as shard:
        assert members["000000000.png"] == shard.extractfile("00000000.png").read()  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("form", "status", "message"),
    [
        (b"", 400, "format"),
        (b"format=keys", 400, "nothing is chosen"),
        (b"format=exe&key=x", 400, "is none of keys, csv, webdataset"),
        (b"format=keys&key=x", 400, "names no sample"),
        (b"format=keys&key=[[[[", 400, "names no sample"),
        (b'format=keys&key=["tiny","00000.tar",true]', 400, "names no sample"),
        (b'format=keys&key=["other","00000.tar",0]', 400, "no corpus"),
        (b"format=keys" + b"&key=1" * 10_001, 400, "save fewer"),
        (b"x" * (LARGEST_FORM + 1), 413, "save fewer"),
        (b"\xff\xfe=%ff", 400, "format"),
    ],
)
def test_what_cannot_be_saved_is_a_message(served: Served, form: bytes, status: int, message: str) -> None:
    answer = served.ask("POST", "/save", form)
    assert answer.status == status and message in answer.text and "Traceback" not in answer.text


def test_samples_that_are_not_there_are_left_out(served: Served) -> None:
    absent = [["tiny", "../../../etc/passwd", 0], ["tiny", "/etc/passwd", 0], ["tiny", "00000.tar", 99]]
    assert rows(save(served, "keys", *absent)) == []
    assert rows(save(served, "keys", *absent, DOG))[0]["sample"] == "00000000"


def test_a_picture_is_a_small_copy(served: Served) -> None:
    answer = served.get("/image", corpus="tiny", shard="00000.tar", ordinal=0)
    assert answer.status == 200 and answer.headers["content-type"] == "image/webp"
    assert Image.open(io.BytesIO(answer.body)).size == (24, 24)
    for absent in ({"shard": "../corpus/00000.tar"}, {"shard": "/etc/passwd"}, {"ordinal": 99}, {"shard": ""}):
        asked = {"corpus": "tiny", "shard": "00000.tar", "ordinal": 0} | absent
        assert served.get("/image", **asked).status == 404
    assert served.get("/image", corpus="..", shard="x", ordinal=0).status == 400


def test_pictures_only_where_they_are_allowed(explored: Path) -> None:
    with serving(explored, images=False) as running:
        assert running.get("/image", corpus="tiny", shard="00000.tar", ordinal=0).status == 403
        assert "<img" not in running.get("/samples", name="dog").text
        assert "--images" in save(running, "webdataset", DOG).text
        assert rows(save(running, "keys", DOG))
