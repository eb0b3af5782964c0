"""A corpus that carries annotations is searched by image without a model, and written back with what a search found."""

from __future__ import annotations

import csv
import io
import json
import random
import shutil
import tarfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import tiny
import yaml
from offspark import finish

from jobs.cli import main
from jobs.core.context import Context
from jobs.core.listing import Listings
from jobs.errors import SettingsError
from jobs.estimation.measure import Bench
from jobs.settings.settings import Settings
from jobs.stages.inputs import check_models
from jobs.stages.registry import plans
from jobs.stages.usable import Judge

TAGGER = {"kind": "annotations", "threshold": [0, 0.5]}
WORDS = ("dog", "cat", "bicycle", "New_York", "unicorn")
SHARDS, SAMPLES = 3, 12
Found = dict[tuple[str, str], list[tuple[str, float]]]


def planted(folder: Path) -> None:
    """Shards whose samples say one thing in captions and another in annotations; of each, one sample has neither."""
    folder.mkdir()
    drawn = random.Random(20)
    for shard in range(SHARDS):
        with tarfile.open(folder / f"{shard:05}.tar", "w") as tar:
            for row in range(SAMPLES):
                said = drawn.sample(WORDS[:3], drawn.randrange(3))
                seen = [drawn.choice(("Dog", "cat", "bicycle", "new york", "lamp")) for _ in range(drawn.randrange(5))]
                scores = [drawn.choice((0.25, 0.5, 0.75)) for _ in seen]
                parts = {"jpg": b"never opened", "txt": f"a photo of {' and '.join(said) or 'it'}".encode()}
                if row:
                    parts["json"] = json.dumps({"url": "u", "classes": seen, "scores": scores}).encode()
                for ending, data in parts.items():
                    member = tarfile.TarInfo(f"{shard}{row:03}.{ending}")
                    member.size = len(data)
                    tar.addfile(member, io.BytesIO(data))


def samples(folder: Path) -> dict[tuple[str, str], dict[str, Any]]:
    """The members of each sample by shard and key, as a loader of webdatasets groups them."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for path in sorted(folder.glob("*.tar")):
        with tarfile.open(path) as tar:
            for member in tar:
                key, _, ending = member.name.partition(".")
                data = tar.extractfile(member).read()  # type: ignore[union-attr]
                found.setdefault((path.name, key), {})[ending] = json.loads(data) if ending == "json" else data
    return found


def by_hand(folder: Path, search: str, threshold: float) -> Found:
    """The concepts of each sample, best first, by plain loops."""
    found: Found = {}
    for key, members in samples(folder).items():
        scores: dict[str, float] = {}
        labels = members.get("json", {"classes": [], "scores": []})
        for label, score in zip(labels["classes"], labels["scores"], strict=True):
            for word in WORDS:
                if word.lower().replace("_", " ") == label.lower():
                    scores[word] = max(score, scores.get(word, 0))
        said = members["txt"].decode().split()
        held = {word: 1.0 for word in WORDS if word in said} if search == "text" else scores
        if search == "integrated":
            held = {word: score for word, score in scores.items() if word in said}
        kept = sorted((-score, word) for word, score in held.items() if search == "text" or score > threshold)
        found[key] = [(word, -score) for score, word in kept]
    return found


@pytest.fixture(scope="module")
def config(spark: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The settings of a run over the annotated corpus, which is done."""
    folder = tmp_path_factory.mktemp("annotated")
    planted(folder / "corpus")
    (folder / "concepts.txt").write_text("\n".join(WORDS) + "\n", encoding="utf-8")
    config = tiny.write_settings(folder, images={"tagger": TAGGER})
    assert tiny.run_here(spark, yaml.safe_load(config.read_text())).succeeded
    return config


@pytest.fixture
def annotate(config: Path, tmp_path: Path) -> Callable[..., Path]:
    """annotate(*words): the folder of the corpus written again."""

    def command(*words: str, status: int = 0, output: str = "out") -> Path:
        target = tmp_path / output
        assert main(["annotate", str(config), "--output", str(target), *words]) == status
        return target / "tiny"

    return command


def test_a_corpus_that_nobody_annotated_fails(tmp_path: Path) -> None:
    tiny.corpus(tmp_path / "corpus", [["a dog"]], images=True)
    settings = Settings.model_validate(tiny.settings_dict(tmp_path, images={"tagger": TAGGER}))
    context, [corpus] = Context(settings, finish(settings, ("ingest", "images"))), settings.corpora
    shortage = str(Judge(context).judge(corpus, plans(context, corpus, ["images"])["images"]))
    assert "image search can use 0 of 1 samples" in shortage
    assert "is bad_member, as of sample 00000000 in 00000.tar (no annotations: the sample has no .json)" in shortage


@pytest.mark.parametrize("search", ["text", "image", "integrated"])
def test_counts_are_those_of_a_plain_loop(config: Path, capsys: pytest.CaptureFixture[str], search: str) -> None:
    assert main(["counts", str(config), "--search", search]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    for threshold in {row["threshold"] for row in rows}:
        found = by_hand(config.parent / "corpus", search, float(threshold or 0))
        expected = Counter(word for pairs in found.values() for word, _ in pairs)
        counted = {row["concept"]: int(row["frequency"]) for row in rows if row["threshold"] == threshold}
        assert counted == {word: expected[word] for word in WORDS} and sum(counted.values())
    assert {int(row["samples"]) for row in rows} == {SHARDS * (SAMPLES - (search != "text"))}


def test_other_commands_read_annotations_again(config: Path) -> None:
    assert main(["verify", str(config), "--samples", "100"]) == 0
    settings = Settings.model_validate(yaml.safe_load(config.read_text()))
    found = Bench(settings, settings.corpora[0], seed=0).measure("00000.tar", ["ingest", "images"])
    assert found is not None and found["images"].samples == SAMPLES and not found["images"].part


@pytest.mark.parametrize(
    ("search", "threshold"),
    [
        pytest.param("text", None, marks=pytest.mark.long),
        pytest.param("image", 0.5, marks=pytest.mark.long),
        ("integrated", 0.25),
    ],
)
def test_what_is_written_is_what_was_found(
    config: Path, annotate: Callable[..., Path], capsys: pytest.CaptureFixture[str], search: str, threshold: float
) -> None:
    words = ["--search", search, *(["--threshold", str(threshold)] if threshold else [])]
    written = samples(annotate(*words))
    expected, source = by_hand(config.parent / "corpus", search, threshold), samples(config.parent / "corpus")
    assert written.keys() == source.keys()
    for key, members in written.items():
        own = members.pop("json")
        before = source[key].pop("json", {})
        assert members == source[key] and own["caption"] == members["txt"].decode()
        assert own["classes"] == [word for word, _ in expected[key]] and own.get("url") == before.get("url")
        assert own.get("scores") == (None if search == "text" else [score for _, score in expected[key]])
    [row] = csv.DictReader(io.StringIO(capsys.readouterr().out))
    held = sum(bool(pairs) for pairs in expected.values())
    assert row == {
        "corpus": "tiny", "shards": "3", "there": "0", "written": "3", "failed": "0", "missing": "0",
        "samples": "36", "with_concepts": str(held), "left_out": "0",
    }  # fmt: skip


def test_a_killed_run_that_is_started_again_ends_with_the_same_files(
    annotate: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("--search", "image", "--format", "json")
    folder = annotate(*words)
    whole = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert sorted(whole) == ["00000.tar", "00001.tar", "00002.tar", "annotated.json"]
    # What a kill leaves: one shard is there, one is half written elsewhere, one was not begun.
    (folder / "_unfinished").mkdir()
    shutil.move(folder / "00001.tar", folder / "_unfinished" / "0a1b")
    (folder / "00002.tar").unlink()
    kept = (folder / "00000.tar").stat().st_mtime_ns
    capsys.readouterr()
    assert annotate(*words) == folder
    [row] = json.loads(capsys.readouterr().out)
    assert (row["there"], row["written"]) == (1, 2) and (folder / "00000.tar").stat().st_mtime_ns == kept
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == whole


def test_what_cannot_be_is_told(
    config: Path, annotate: Callable[..., Path], caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    (tmp_path / "other" / "tiny").mkdir(parents=True)
    (tmp_path / "other" / "tiny" / "notes.txt").write_text("mine")
    annotate(status=2, output="other")
    assert "is not empty, and has no annotated.json" in caplog.text
    annotate("--list", "none", status=2)
    assert "no concept list 'none'" in caplog.text
    assert main(["annotate", str(config), "--output", str(config.parent / "corpus" / "below")]) == 2
    assert "lie one in the other: name another folder" in caplog.text


def test_formats_without_annotations_are_refused(tmp_path: Path) -> None:
    corpora = [{"name": "table", "format": "delimited", "path": str(tmp_path)}]
    settings = tiny.settings_dict(tmp_path, corpora=corpora, images={"tagger": TAGGER})
    with pytest.raises(SettingsError, match="webdataset or parquet, and table is delimited: name it in settings of"):
        check_models(Settings.model_validate(settings), Listings())
