"""`doctor` looks at this machine, the settings' inputs, the lake's storage and every executor."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import tiny

from jobs.cli import main


def test_all_is_well(spark: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tiny.corpus(tmp_path / "corpus")
    assert main(["doctor", str(tiny.write_settings(tmp_path, fit={}))]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert all(line.startswith("ok ") for line in lines), lines
    looked_at = "\n".join(lines)
    for what in (
        "java: ",
        "corpus tiny: 3 shards",
        "00000.tar read, first 512 bytes",
        "concepts words: 8 names",
        "captions: en_core_web_sm",
        "mlflow: sqlite:///",
        "master local[2], with Delta Lake",
        "no tables yet",
        "lake, by Arrow: a file is written, and Spark reads it",
        "lake, by Spark: a Delta commit is made",
        "lake, by deltalake: the commit is seen, and Spark sees another one made here",
        "clock of the lake's storage: agrees",
        ", python: 3.",
        "spacy 3.8",
        "00000.tar: read, first 512 bytes",
        "clock of the executor on ",
    ):
        assert what in looked_at
    assert not (tmp_path / "lake").exists(), "a lake that is not there yet is not begun"


def test_a_lake_that_cannot_be_written_is_named(spark: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").touch()
    # Nothing is configured but a name and a lake.
    (tmp_path / "bare.yaml").write_text(f"name: bare\nlake: {tmp_path}/file/lake\n")
    assert main(["doctor", str(tmp_path / "bare.yaml"), "--json"]) == 1
    bad = {found["what"]: found["found"] for found in json.loads(capsys.readouterr().out) if not found["well"]}
    assert set(bad) == {"lake, by Arrow"}
    assert "file" in bad["lake, by Arrow"] and "docs/lakes.md" in bad["lake, by Arrow"]


def test_what_is_missing_is_named(spark: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    settings = tiny.write_settings(
        tmp_path,
        captions={"pipeline": "en_core_web_huge"},
        images={"embedder": {"model": "ViT-B-32", "weights": "nowhere.safetensors"}, "device": "cuda"},
        fit={},
        tracking={"uri": f"sqlite:///{tmp_path}/settings.yaml", "experiment": "x"},
    )
    assert main(["doctor", str(settings), "--json"]) == 1
    bad = {found["what"]: found["found"] for found in json.loads(capsys.readouterr().out) if not found["well"]}
    assert "does not exist" in bad["corpus tiny"]
    assert "en_core_web_huge" in bad["captions"] and "nowhere.safetensors" in bad["images.embedder"]
    assert "MLflow cannot use it" in bad["mlflow"]
    executors = {what.partition(", ")[2]: said for what, said in bad.items() if what.startswith("executor")}
    assert set(executors) == {"device cuda", str(tmp_path / "corpus"), "nowhere.safetensors"}
    assert "a path that every machine has" in executors[str(tmp_path / "corpus")]
    assert "sees no GPU" in executors["device cuda"]
