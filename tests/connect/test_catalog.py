"""Analyses over Spark Connect: of a lake in a catalog they say what they say of a lake in a local folder."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import clips
import pyarrow.parquet as pq
import pytest
import tiny
from connect_clients import COMMAND, client, without_remote
from entry_scripts import ROOT

pytestmark = [pytest.mark.long, pytest.mark.timeout(1800)]

SCHEMA = "spark_catalog.analysed"
NAMES = (
    "dog", "cat", "horse", "bird", "bicycle", "river", "house", "boat", "tree", "car", "lamp", "chair", "train", "leaf",
)  # fmt: skip
# Each says something of this corpus without a Spark, if its lake lies in a local folder.
ANALYSES = (
    ["counts", "--search", "text"],
    ["tails"],
    ["tails", "--across"],
    ["longtail", "--concepts", "12", "--search", "text", "--no-audit"],
    ["classes"],
    ["similarity"],
    ["lookup", "wooden house"],
    ["cooccur", "house"],
)


def corpus(folder: Path, times: int) -> dict[str, str]:
    """A corpus in which concept k is in about k / `times` captions, each with a picture."""
    samples = [
        (f"{name}{at}", f"a {name} and a wooden house", tiny.picture(100 * number + at))
        for number, name in enumerate(NAMES)
        for at in range(number // times + 1)
    ]
    folder.mkdir()
    tiny.write_shard(folder / "a.tar", samples[::2])
    tiny.write_shard(folder / "b.tar", samples[1::2])
    return {"name": folder.name, "format": "webdataset", "path": str(folder)}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Settings of two corpora, evaluated and compared with a set; `folder` is a lake in a folder, `catalog` is not."""
    folder = tmp_path_factory.mktemp("catalog")
    corpora = [corpus(folder / "many", 1), corpus(folder / "few", 3)]
    (folder / "set").mkdir()
    tests = [
        (f"{at:03}", NAMES[at // 2], tiny.picture(100 * (at // 2) + 50 * (at % 2))) for at in range(2 * len(NAMES))
    ]
    tiny.write_shard(folder / "set" / "t.tar", tests)
    (folder / "concepts.txt").write_text("\n".join(NAMES) + "\n")
    model = str(clips.save_clip(folder / "model"))
    for name, lake in (("folder", str(folder / "lake")), ("catalog", SCHEMA)):
        path = tiny.write_settings(
            folder,
            lake=lake,
            corpora=corpora,
            images={"embedder": {"model": model}, "device": "cpu"},
            evaluate={
                "sets": [{"name": "fresh", "format": "webdataset", "path": str(folder / "set"), "concepts": "words"}],
                "models": [{"name": "m", "model": model}],
                "prompts": ["class"],
                "device": "cpu",
                "predictions": True,
                "similarity": True,
            },
            fit={"protocols": ["default"]},
            spark=tiny.TWO_CORES,
        )
        path.rename(folder / f"{name}.yaml")
    return folder


def classic(*words: str) -> subprocess.CompletedProcess[str]:
    """The command in an environment without a server."""
    command = [sys.executable, "-m", "jobs.cli", *words]
    return subprocess.run(command, cwd=ROOT, env=without_remote(), capture_output=True, text=True, check=True)


@pytest.fixture(scope="module")
def lakes(server: str, folder: Path) -> tuple[str, str]:
    """The settings of both lakes, after a run each: in a folder by a classic session, in a catalog by the server."""
    in_folder, in_catalog = (str(folder / f"{name}.yaml") for name in ("folder", "catalog"))
    classic("run", in_folder)
    done = client(server, COMMAND, "run", in_catalog)
    assert done.returncode == 0, done.stderr[-5000:]
    return in_folder, in_catalog


@pytest.mark.parametrize("words", ANALYSES, ids=" ".join)
def test_what_is_printed_is_the_same(server: str, lakes: tuple[str, str], words: list[str]) -> None:
    command, *options = words
    expected = classic(command, lakes[0], *options).stdout
    done = client(server, COMMAND, command, lakes[1], *options)
    assert done.returncode == 0, done.stderr[-5000:]
    assert done.stdout == expected and len(expected.splitlines()) > 1


def test_the_same_samples_are_kept_of_a_balanced_corpus(server: str, lakes: tuple[str, str], folder: Path) -> None:
    words = ("--cap", "4", "--seed", "3", "--output")
    expected = classic("balance", lakes[0], *words, str(folder / "expected")).stdout
    done = client(server, COMMAND, "balance", lakes[1], *words, str(folder / "found"))
    assert done.returncode == 0, done.stderr[-5000:]
    assert done.stdout == expected
    kept = {name: sorted(Path(folder, name).glob("*.parquet")) for name in ("expected", "found")}
    assert [path.name for path in kept["found"]] == ["few.parquet", "many.parquet"]
    for found, one in zip(kept["found"], kept["expected"], strict=True):
        assert pq.read_table(found).equals(pq.read_table(one)) and pq.read_metadata(found).num_rows
