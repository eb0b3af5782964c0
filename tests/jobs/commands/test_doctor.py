"""`doctor` looks at this machine, the settings' inputs and every executor."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import tiny

from jobs.cli import main


def test_all_is_well(spark: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tiny.corpus(tmp_path / "corpus")
    assert main(["doctor", str(tiny.write_settings(tmp_path))]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert all(line.startswith("ok ") for line in lines)
    looked_at = " ".join(lines)
    for what in (
        "java: ",
        "corpus tiny: 3 shards",
        "concepts words: 8 names",
        "with Delta Lake",
        "takes a commit",
        "executor on ",
    ):
        assert what in looked_at
    assert "spacy 3.8" in lines[-1] and "torch " in lines[-1]


def test_a_lake_that_cannot_be_written_is_named(spark: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tiny.corpus(tmp_path / "corpus")
    (tmp_path / "file").touch()
    settings = tiny.write_settings(tmp_path, lake=str(tmp_path / "file" / "lake"))
    assert main(["doctor", str(settings), "--json"]) == 1
    bad = {found["what"]: found["found"] for found in json.loads(capsys.readouterr().out) if not found["well"]}
    assert "file" in bad["lake"] and "\n" not in bad["lake"]


def test_what_is_missing_is_named(spark: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    settings = tiny.write_settings(
        tmp_path,
        captions={"pipeline": "en_core_web_huge"},
        images={"embedder": {"model": "ViT-B-32", "weights": "nowhere.safetensors"}, "device": "cuda"},
    )
    assert main(["doctor", str(settings), "--json"]) == 1
    bad = {found["what"]: found["found"] for found in json.loads(capsys.readouterr().out) if not found["well"]}
    assert "does not exist" in bad["corpus tiny"]
    assert "en_core_web_huge" in bad["captions"] and "nowhere.safetensors" in bad["images"]
    [executor] = [said for what, said in bad.items() if what.startswith("executor")]
    assert str(tmp_path / "corpus") in executor
