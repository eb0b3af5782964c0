"""The command line as a contract: outputs, columns and exit statuses, without Spark."""

from __future__ import annotations

import csv
import importlib
import io
import json
import sys
from pathlib import Path
from typing import Any

import clips
import golden_ram_plus
import pytest
import tiny
import torch

from jobs.cli import COMMANDS, arguments_of, main
from udfs.images.decode.decoding import decode
from udfs.images.models.taggers import registry

ROOT = Path(__file__).resolve().parents[2]


def test_an_unknown_subcommand_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["rum", "x.yaml"])
    assert ended.value.code == 2
    assert "invalid choice: 'rum'" in capsys.readouterr().err


def words_before_options(command: str) -> list[str]:
    """The command with what it cannot do without."""
    needed = {
        "counts": ["--search", "text"],
        "retry": ["--status", "poison"],
        "describe": ["--descriptions", "d.json", "--output", "o.safetensors"],
        "tag": ["a.png"],
        "concepts": ["--from-prompts", "p.txt"],
        "expand": ["words", "--output", "aliases.yaml"],
        "lookup": ["dog"],
        "plan": ["--gain", "10"],
        "samples": ["dog"],
        "senses": ["dog"],
        "balance": ["--cap", "5", "--output", "kept.parquet"],
        "annotate": ["--output", "annotated"],
        "precision": ["labels.csv"],
        "forget": ["--vanished"],
        "import-published": ["--config", "x.yaml"],
        "import-frequencies": ["--config", "x.yaml"],
        "import-scores": ["--config", "x.yaml"],
    }
    return [command, "x.yaml", *needed.get(command, [])]


SHARED = {"--dry-run": [], "--max-shards": ["3"], "--max-bad-fraction": ["0.1"], "--new-spec": [], "--json": []}


@pytest.mark.parametrize("option", SHARED)
def test_options_are_refused_by_commands_that_do_not_honour_them(
    option: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, command in COMMANDS.items():
        words = [*words_before_options(name), option, *SHARED[option]]
        if option in command.options:
            assert getattr(arguments_of(words), option.strip("-").replace("-", "_"))
            continue
        with pytest.raises(SystemExit) as ended:
            main(words)
        assert ended.value.code == 2, name
        assert f"{option}{' ' if SHARED[option] else ''}{''.join(SHARED[option])}: {name} has no such option" in (
            capsys.readouterr().err
        )


def test_options_that_are_honoured_are_asked_for() -> None:
    for name, command in COMMANDS.items():
        module = importlib.import_module(command.handler.partition(":")[0])
        asked = Path(str(module.__file__)).read_text(encoding="utf-8")
        for option in set(command.options) - {"--max-bad-fraction"}:
            assert f"arguments.{option.strip('-').replace('-', '_')}" in asked, f"{name} {option}"


@pytest.mark.parametrize(
    "words",
    [
        ["describe", "x.yaml", "--descriptions", "d.json", "--output", "o.safetensors", "--dry-run"],
        ["counts", "x.yaml", "--search", "text", "--output", "o.csv", "--dry-run"],
        ["audit", "x.yaml", "--output", "o.csv", "--dry-run"],
        ["retry", "x.yaml", "--status", "poison", "--new-spec"],
        ["run", "x.yaml", "--dry-run", "--json"],
    ],
)
def test_options_that_were_accepted_and_ignored_are_usage_errors(words: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code == 2


def test_an_engine_for_a_match_that_looks_for_no_nouns_is_refused(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    settings = str(tiny.write_settings(tmp_path))
    assert main(["nouns", settings, "-", "--engine", "fast", "--set", "captions.match=raw"]) == 2
    assert "--engine: match 'raw' does not look for nouns" in caplog.text


def test_settings_that_cannot_be_read_end_with_2(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    assert main(["run", str(tmp_path / "none.yaml")]) == 2
    assert "none.yaml: cannot be read" in caplog.text


def test_nouns_are_one_list_a_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = str(tiny.write_settings(tmp_path))
    captions = "two Tigers near the river\n\nsunglasses on a \xff table\n".encode("latin-1")
    (tmp_path / "captions.txt").write_bytes(captions)
    assert main(["nouns", settings, str(tmp_path / "captions.txt")]) == 0
    from_file = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert from_file[1] == [] and len(from_file) == 3
    assert {"river"} <= set(from_file[0]) and "table" in from_file[2]
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(captions)))
    assert main(["nouns", settings, "-"]) == 0
    assert [json.loads(line) for line in capsys.readouterr().out.splitlines()] == from_file


@pytest.mark.parametrize(
    ("match", "expected"),
    [
        ("any_pos", ["are", "be", "dog", "run", "running", "two"]),
        ("raw", ["are", "dogs", "running", "two"]),
        ("substring", [" Two dogs are running "]),
    ],
)
def test_nouns_shows_what_the_mode_searches_in(
    match: str, expected: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = str(tiny.write_settings(tmp_path))
    (tmp_path / "captions.txt").write_text("Two dogs are running\n\n")
    assert main(["nouns", settings, str(tmp_path / "captions.txt"), "--set", f"captions.match={match}"]) == 0
    assert [json.loads(line) for line in capsys.readouterr().out.splitlines()] == [expected, []]


def test_nouns_come_from_the_engine_that_is_asked_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    settings = str(tiny.write_settings(tmp_path))
    (tmp_path / "captions.txt").write_text("two Tigers near the river\nlet's go")
    caplog.set_level("INFO")
    found = {}
    for engine, options in (("fast", []), ("spacy", ["--engine", "spacy"]), ("fast", ["--engine", "fast"])):
        caplog.clear()
        assert main(["nouns", settings, str(tmp_path / "captions.txt"), *options]) == 0
        found[engine] = capsys.readouterr().out
        assert f"nouns by {engine}" in caplog.text
    assert found["fast"] == found["spacy"] and "river" in found["fast"]


def test_tag_shows_scores_and_statuses(
    shared: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    photo = shared / "corpora" / "imagenet_sample" / "images" / "n01443537_goldfish.jpg"
    (tmp_path / "page.jpg").write_text("<html>")
    (tmp_path / "layers.png").write_bytes(b"8BPS\x00\x01")
    paths = [str(photo), *(str(tmp_path / name) for name in ("page.jpg", "layers.png", "page.jpg", "none.jpg"))]
    assert main(["tag", str(ROOT / "tests" / "conf" / "photos.yaml"), *paths, "--set", "images.batch_size=1"]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert list(rows[0]) == ["path", "status", "concept", "score"]
    assert rows[0]["concept"] == "goldfish" and float(rows[0]["score"]) > 0.5
    assert [(row["status"], row["concept"]) for row in rows[-4:]] == 3 * [("not_an_image", "")] + [("fetch_error", "")]
    # Why is said beside the table, by reason, with an example.
    said = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert said[0] == f"not_an_image: HTML, a format that is not read (2 of 3 looked at, as {paths[1]})"
    assert said[1] == f"not_an_image: Photoshop, a format that is not read (1 of 3 looked at, as {paths[2]})"
    assert said[2].startswith("fetch_error: ") and said[2].endswith(f"(1 of 1 looked at, as {paths[4]})")


@pytest.mark.parametrize("mode", ["paper", "upstream"])
def test_tag_shows_every_score_of_ram_plus(
    shared: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], mode: str
) -> None:
    tagger = golden_ram_plus.tagger_settings(shared, tmp_path, mode)
    settings = tiny.write_settings(tmp_path, captions=None, images={"tagger": tagger, "device": "cpu"})
    paths = [str(path) for path in golden_ram_plus.pictures(shared)]
    assert main(["tag", str(settings), *paths, "--floor", "0"]) == 0
    found = tagged(capsys.readouterr().out)
    for path, expected in zip(paths, golden_ram_plus.expected(shared, "probs", mode).tolist(), strict=True):
        assert found[path] == pytest.approx(dict(zip(golden_ram_plus.NAMES, expected, strict=True)), abs=3e-5)
    assert list(found) == paths
    # Without the option scores above the section's own floor, 0.3: of the grey picture alone.
    assert main(["tag", str(settings), *paths]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert {row["path"] for row in rows if row["concept"]} == {paths[2]} and len(rows) == 12 + 3
    assert all(row["status"] == "ok" for row in rows)


def tagged(table: str) -> dict[str, dict[str, float]]:
    """Scores by path and concept, in the order of the rows; each image's come best first."""
    found: dict[str, dict[str, float]] = {}
    for row in csv.DictReader(io.StringIO(table)):
        assert row["status"] == "ok"
        found.setdefault(row["path"], {})[row["concept"]] = float(row["score"])
    assert all(list(scores.values()) == sorted(scores.values(), reverse=True) for scores in found.values())
    return found


def tiny_clip_settings(folder: Path) -> tuple[dict[str, Any], Path]:
    """A tagger's section, and settings with it."""
    tagger = {"kind": "clip", "model": str(clips.save_clip(folder / "model")), "prompts": "class"}
    return tagger, tiny.write_settings(folder, captions=None, images={"tagger": tagger})


def test_tag_shows_every_concept_under_a_clip_tagger(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    section, settings = tiny_clip_settings(tmp_path)
    paths = [tmp_path / f"{seed}.png" for seed in range(3)]
    for seed, path in enumerate(paths):
        path.write_bytes(tiny.picture(seed, 30, 40))
    options = ["--floor", "0", "--set", "images.device=cpu"]
    assert main(["tag", str(settings), *map(str, paths), *options]) == 0
    found = tagged(capsys.readouterr().out)
    assert list(found) == [str(path) for path in paths]
    tagger = registry.build(section, tiny.CONCEPTS, torch.device("cpu"))
    pixels = torch.stack([tagger.preprocessing.pixels(decode(path.read_bytes()).image) for path in paths])
    for path, scores in zip(found, tagger.scores(pixels).tolist(), strict=True):
        assert found[path] == pytest.approx(dict(zip(tiny.CONCEPTS, scores, strict=True)), abs=1e-6)


@pytest.mark.skipif(torch.cuda.is_available(), reason="a GPU is here")
def test_tag_on_a_gpu_that_is_not_there_ends_with_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    _, settings = tiny_clip_settings(tmp_path)
    (tmp_path / "a.png").write_bytes(tiny.picture(1))
    assert main(["tag", str(settings), str(tmp_path / "a.png"), "--set", "images.device=cuda"]) == 2
    assert "images: device 'cuda' was asked for" in caplog.text and "sees no GPU" in caplog.text
    assert capsys.readouterr().out == ""


def test_dry_run_prints_the_plan_and_writes_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tiny.corpus(tmp_path / "corpus")
    assert main(["run", str(tiny.write_settings(tmp_path)), "--dry-run"]) == 0
    said = capsys.readouterr().out
    assert "3 shards" in said and "first 00000.tar, last 00002.tar" in said
    assert "captions: 0 shards done, 3 to do" in said
    assert f"list words: {len(tiny.CONCEPTS)} concepts, first {', '.join(map(repr, tiny.CONCEPTS[:3]))}" in said
    assert not (tmp_path / "lake").exists()


def test_counts_before_counting_end_with_1(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    tiny.corpus(tmp_path / "corpus")
    assert main(["counts", str(tiny.write_settings(tmp_path)), "--search", "text"]) == 1
    assert "nothing is counted yet" in caplog.text


def test_a_search_that_is_not_configured_ends_with_2(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    assert main(["counts", str(tiny.write_settings(tmp_path)), "--search", "image"]) == 2
    assert "image search is not configured" in caplog.text


def test_exports_of_a_counted_lake(spark: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tiny.corpus(tmp_path / "corpus")
    tiny.run_here(spark, tiny.settings_dict(tmp_path))
    settings = str(tiny.write_settings(tmp_path))
    assert main(["counts", settings, "--search", "text"]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert list(rows[0]) == [
        "corpus",
        "search",
        "threshold",
        "concept",
        "frequency",
        "unanswerable",
        "samples",
        "source",
        "list",
    ]
    assert len(rows) == len(tiny.CONCEPTS) and {row["threshold"] for row in rows} == {""}
    assert main(["counts", settings, "--search", "text", "--format", "json", "--list", "words"]) == 0
    found = {row["concept"]: row["frequency"] for row in json.loads(capsys.readouterr().out)}
    assert found["dog"] == 3 and found["737"] is None
    assert main(["counts", settings, "--search", "text", "--list", "none"]) == 2
    capsys.readouterr()
    assert main(["status", settings, "--json"]) == 0
    stages = {row["stage"]: row for row in json.loads(capsys.readouterr().out)}
    assert stages["ingest"]["samples"] == 9 and stages["captions"]["rejects"] == {"empty_caption": 1}
    (reason,) = stages["captions"]["reasons"]
    assert (reason["status"], reason["rejects"], reason["seen"]) == ("empty_caption", 1, 1)
    assert (reason["shard"], reason["sample"]) == ("00002.tar", "00200002") and not stages["ingest"]["reasons"]
    assert main(["status", settings]) == 0
    assert "tiny captions: empty_caption: " in capsys.readouterr().out
    assert main(["lookup", settings, "cat"]) == 0
    assert "3 of 8 samples, rank 1 of 7" in capsys.readouterr().out
    # On no list, but in the index, or searched for there and not found.
    assert main(["lookup", settings, "mat"]) == 0 and main(["lookup", settings, "zebra"]) == 0
    mat, zebra = capsys.readouterr().out.splitlines()
    assert mat == "tiny, text: 1 of 8 samples, rank 4 of 8 (own, on no list)"
    assert zebra == ("tiny, text: 0 of 8 samples, rank 7 of 8 (own, on no list); no caption has the key 'zebra'")
