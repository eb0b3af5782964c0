"""`samples` gives the samples that a frequency counts: all of them, or a draw that the seed alone decides."""

from __future__ import annotations

import csv
import io
import json
import sys
import tarfile
import zipfile
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
import tiny

from jobs.cli import main
from jobs.lake.lake import Lake
from jobs.lake.tables import SCHEMA_VERSION

GOLDEN = Path(__file__).resolve().parents[2] / "golden"


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Settings of the kept lake, beside a corpus like the one that it was made of."""
    with zipfile.ZipFile(GOLDEN / f"lake-{SCHEMA_VERSION}.zip") as archive:
        archive.extractall(tmp_path / "lake")
    tiny.corpus(tmp_path / "corpus", images=True)
    return tiny.write_settings(tmp_path, images={"tagger": tiny.TAGGER, "batch_size": 4})


def rows(capsys: pytest.CaptureFixture[str], config: Path, *words: str) -> list[dict[str, str]]:
    assert main(["samples", str(config), *words]) == 0
    return list(csv.DictReader(io.StringIO(capsys.readouterr().out)))


def frequency(config: Path, search: str, concept: str) -> int:
    found = Lake(None, str(config.parent / "lake")).rows("concept_counts", search=search, concept=concept)
    return int(found[0]["frequency"])


def test_all_are_as_many_as_the_frequency_says(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for concept in ("dog", "cat", "new_york"):
        found = rows(capsys, config, concept, "--limit", "all")
        assert len(found) == frequency(config, "text", concept) > 0
        assert all(concept.split("_")[-1] in row["caption"].lower() for row in found)
        assert [(row["shard"], int(row["ordinal"])) for row in found] == sorted(
            (row["shard"], int(row["ordinal"])) for row in found
        )


def test_by_image_and_by_both(spark: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tiny.corpus(tmp_path / "corpus", images=True)
    tagger = {**tiny.TAGGER, "floor": 0.00001, "threshold": [0.0001, 0.001]}
    settings = tiny.settings_dict(tmp_path, images={"tagger": tagger, "batch_size": 4})
    assert tiny.run_here(spark, settings).complete
    config = tiny.write_settings(tmp_path, images={"tagger": tagger, "batch_size": 4})
    for search in ("image", "integrated"):
        counted = Lake(None, settings["lake"]).rows("concept_counts", search=search, concept="tiger")
        for row in counted:
            threshold = str(row["threshold"])
            question = [str(config), "tiger", "--search", search, "--threshold", threshold, "--limit", "all"]
            assert main(["samples", *question]) == (0 if row["frequency"] else 1)
            found = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
            assert len(found) == row["frequency"]
            assert all(float(one["score"]) > row["threshold"] and one["layout"] == "tar" for one in found)
        assert counted[0]["frequency"] or counted[1]["frequency"], search


def test_a_draw_is_the_seeds(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    every = rows(capsys, config, "dog", "--limit", "all")
    drawn = {seed: rows(capsys, config, "dog", "--limit", "2", "--seed", seed) for seed in map(str, range(12))}
    assert all(len(one) == 2 and all(row in every for row in one) for one in drawn.values())
    assert drawn["3"] == rows(capsys, config, "dog", "--limit", "2", "--seed", "3")
    assert len({str(one) for one in drawn.values()}) == 3, "each pair of three samples is drawn by some seed"


def test_without_and_words_on_no_list(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    dogs, cats = (rows(capsys, config, name, "--limit", "all") for name in ("dog", "cat"))
    only = rows(capsys, config, "dog", "--without", "cat", "--limit", "all")
    assert only == [row for row in dogs if row not in cats] and len(only) < len(dogs)
    known = Lake(None, str(config.parent / "lake")).rows("postings", ["key", "scores"], shard="00000.tar")
    unlisted = next(row["key"] for row in known if row["key"] and not row["scores"] and row["key"] not in tiny.CONCEPTS)
    assert rows(capsys, config, unlisted, "--limit", "all")
    assert main(["samples", str(config), "zyzzyva"]) == 1


def test_formats(config: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    every = rows(capsys, config, "dog", "--limit", "all")
    more = ["samples", str(config), "dog", "--limit", "all"]
    assert main([*more, "--format", "parquet", "--output", str(tmp_path / "a" / "dogs.parquet")]) == 0
    stored = pq.read_table(tmp_path / "a" / "dogs.parquet").to_pylist()
    assert [row["caption"] for row in stored] == [row["caption"] for row in every]
    assert main([*more, "--format", "keys"]) == 0
    keys = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert keys == [[row["corpus"], row["shard"], row["sample"]] for row in every]
    assert main([*more, "--format", "jsonl"]) == 0
    assert [json.loads(line)["caption"] for line in capsys.readouterr().out.splitlines()] == [
        row["caption"] for row in every
    ]
    assert main([*more, "--format", "webdataset", "--output", str(tmp_path / "dogs")]) == 0
    members = _members(tmp_path / "dogs" / "00000.tar")
    assert [name for name in members if name.endswith(".txt")] == [f"{at:09}.txt" for at in range(len(every))]
    assert [members[f"{at:09}.txt"].decode() for at in range(len(every))] == [row["caption"] for row in every]
    originals = [_members(tmp_path / "corpus" / row["shard"]) for row in every]
    for at, (row, original) in enumerate(zip(every, originals, strict=True)):
        assert json.loads(members[f"{at:09}.json"])["sample"] == row["sample"]
        assert members[f"{at:09}.png"] in original.values()
    # What is there is never overwritten.
    assert main([*more, "--format", "webdataset", "--output", str(tmp_path / "dogs")]) == 2


def _members(path: Path) -> dict[str, bytes]:
    with tarfile.open(path) as tar:
        return {member.name: tar.extractfile(member).read() for member in tar}  # type: ignore[union-attr]


def test_a_reader_that_has_seen_enough_is_no_error(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Closed(io.StringIO):
        """What `head` leaves behind."""

        def write(self, text: str) -> int:
            raise BrokenPipeError(32, "Broken pipe")

    for name in ("stdout", "stderr"):
        monkeypatch.setattr(sys, name, Closed() if name == "stdout" else io.StringIO())
    assert main(["samples", str(config), "dog", "--limit", "all"]) == 0


def test_nothing_of_nothing_is_no_answer(config: Path, caplog: pytest.LogCaptureFixture) -> None:
    Lake(None, str(config.parent / "lake")).replace_rows("shards", {"stage": "index"}, [])
    assert main(["samples", str(config), "dog"]) == 1
    assert "corpus tiny: no shard is indexed for text search: run `conceptfreq run` first" in caplog.text


def test_what_cannot_be_asked_is_refused(config: Path, caplog: pytest.LogCaptureFixture) -> None:
    refused: list[tuple[list[str], Any]] = [
        (["dog", "--threshold", "0.5"], "text search has no threshold"),
        (["dog", "--search", "image", "--threshold", "0.0001"], "tags are stored above the floor"),
        (["dog", "--corpus", "other"], "no corpus 'other'"),
        (["dog", "--format", "parquet"], "--format parquet needs --output"),
        (["737"], "text search cannot answer '737'"),
    ]
    for words, message in refused:
        caplog.clear()
        assert main(["samples", str(config), *words]) != 0
        assert message in caplog.text
