"""`from jobs import ...`: the page's example on a small corpus, results without a JVM or models, and what it costs."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import tiny
import yaml
from published_counts import kept_lake
from pyspark.sql import SparkSession

import jobs
from jobs import ConceptfreqError, Run, SettingsError, open_run
from jobs.results.labels.corrected_frequencies import CORRECTED_LAWS
from jobs.results.labels.drawn_pairs import TO_LABEL

PAGE = Path(__file__).resolve().parents[1] / "docs" / "python.md"
# Imports of these fail, and there is no Java.
LOOKING = """
import sys
for name in ("spacy", "torch", "open_clip", "timm", "matplotlib"):
    sys.modules[name] = None
from jobs import open_run
run = open_run("settings.yaml")
print(run.frequencies("text", concept_list="words").set_index("concept")["frequency"].to_dict())
print(run.lookup("mat")["frequency"].tolist(), run.status()["done"].tolist())
print(sorted(run.samples("dog", limit=None)["sample"]), len(run.samples("mat")), len(run.changes("text", 1)))
"""


def block(language: str) -> str:
    """The page's only block in a language."""
    [found] = re.findall(rf"```{language}\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    return str(found)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the page's example starts from."""
    made = tmp_path_factory.mktemp("example")
    tiny.corpus(made / "corpus")
    (made / "concepts.txt").write_text("\n".join(tiny.CONCEPTS) + "\n", encoding="utf-8")
    (made / "settings.yaml").write_text(block("yaml"), encoding="utf-8")
    return made


@pytest.fixture(scope="module")
def shown(spark: SparkSession, folder: Path) -> list[str]:
    """What the page's example prints, run in this process, whose session it finds."""
    lines: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        exec(
            compile(block("python"), str(PAGE), "exec"),
            {"print": lambda *words: lines.append(" ".join(map(str, words)))},
        )
    return lines


def test_the_example_shows_what_the_page_says(shown: list[str], folder: Path) -> None:
    stages, went, counts, looked, drawn, report = shown
    for said in (stages, went):
        assert f"# {said}\n" in block("python")
    assert [line.split() for line in counts.splitlines()[1:]] == [
        ["cat", "3", "8"],
        ["dog", "3", "8"],
        ["bicycle", "2", "8"],
    ]
    assert looked.split()[-4:] == ["text", "3", "1", "7"]
    assert len(drawn.splitlines()) == 3 and drawn.count("dog") == 2
    assert Path(report) == folder / "report.html" and Path(report).is_file()


def test_results_need_neither_java_nor_models(shown: list[str], folder: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", LOOKING], cwd=folder, env={**os.environ, "JAVA_HOME": "/nowhere"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    assert "'dog': 3" in done.stdout and "[1] [3, 3, 3, 3]" in done.stdout
    assert "['00000000', '00100000', '00100001'] 1 0" in done.stdout


def test_a_result_becomes_a_spark_dataframe(
    spark: SparkSession, shown: list[str], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    run = open_run(yaml.safe_load(block("yaml")), spark)
    counts = run.frequencies("text")
    frame = run.to_spark(counts)
    assert frame.schema["frequency"].dataType.typeName() == "long"
    assert (
        frame.where("unanswerable IS NOT NULL AND frequency IS NULL").count() == counts["frequency"].isna().sum() == 1
    )
    assert run.table("samples").count() == 9


def test_tails_and_what_is_cut_are_those_of_the_commands(tmp_path: Path) -> None:
    run = open_run(str(kept_lake(tmp_path)))
    tails = run.tails("text").iloc[0]
    assert (tails["concepts"], tails["zeros"], tails["samples"]) == (7, 1, 8)
    assert run.tails("text", across=True).empty
    rare = run.longtail(concepts=2, kinds=())
    assert rare.columns[:4].tolist() == ["concept", "lists", "typical", "found_in"] and rare["concept"][0] == "leaf"
    concepts, keys = run.balance(3)
    assert concepts.set_index("concept")["after"].to_dict()["dog"] == 3 and len(keys) == 8
    assert keys.columns.tolist() == ["corpus", "shard", "ordinal", "sample"]
    assert len(run.balance(1, seed=1)[1]) < 8


def test_labels_are_drawn_judged_and_read_back(tmp_path: Path) -> None:
    run = open_run(str(kept_lake(tmp_path)))
    pairs = run.label(1_000, "caption", page=tmp_path / "hits.html", images=False)
    assert '"pictures":null' in (tmp_path / "hits.html").read_text(encoding="utf-8")
    assert pairs.columns.tolist() == TO_LABEL.names and pairs["label"].isna().all()
    assert run.label(1_000, "caption", seed=1)["concept"].tolist() != pairs["concept"].tolist()
    wrong = (pairs["concept"] == "bicycle") & pairs["caption"].str.contains("dog")
    judged = pairs.assign(label=np.where((pairs["stratum"] == "text") & ~wrong, "yes", "no"))
    found = run.precision(judged)
    text = found.searches.set_index("search").loc["text"]
    assert (text["pairs"], text["right"], text["precision"]) == (11, 10, pytest.approx(10 / 11))
    assert found.frequencies.set_index("concept")["corrected"]["bicycle"] == 1
    assert found.laws.empty and found.laws.columns.tolist() == CORRECTED_LAWS.names
    judged.to_csv(tmp_path / "labels.csv", index=False)
    read = run.precision(tmp_path / "labels.csv")
    for mine, other in zip(found, read, strict=True):
        pd.testing.assert_frame_equal(mine, other)
    with pytest.raises(SettingsError, match="the labels: cannot be read as labels: no column label"):
        run.precision(pairs.drop(columns="label"))
    with pytest.raises(ConceptfreqError, match="no label yet"):
        run.precision(pairs)


def test_settings_are_checked_before_anything_starts(tmp_path: Path) -> None:
    given = tiny.settings_dict(tmp_path)
    assert isinstance(open_run(given), Run) and open_run(given).stages[0] == "ingest"
    with pytest.raises(SettingsError, match="settings: unknown key 'captoins'; did you mean 'captions'?"):
        open_run({**given, "captoins": {}})
    with pytest.raises(SettingsError, match="no corpus 'other'"):
        open_run(given).frequencies("text", corpus="other")
    with pytest.raises(SettingsError, match="need the section 'fit'"):
        open_run(given).fits()
    with pytest.raises(SettingsError, match="text search has no threshold"):
        open_run(given).samples("dog", threshold=0.5)
    assert not (tmp_path / "lake").exists()


def test_the_import_is_cheap() -> None:
    heavy = "{'pyspark', 'pandas', 'numpy', 'pyarrow', 'torch', 'pydantic'}"
    program = f"import sys, jobs; print(sorted({heavy} & sys.modules.keys()))"
    assert subprocess.run([sys.executable, "-c", program], capture_output=True, text=True).stdout == "[]\n"


def test_every_name_is_there_typed_and_explained() -> None:
    typed = re.findall(r"^    from (\S+) import (\w+) as \2$", Path(jobs.__file__).read_text(), re.MULTILINE)
    assert {name: home for home, name in typed} == jobs._HOMES
    assert all(getattr(jobs, name) for name in jobs.__all__)
    explained = PAGE.read_text(encoding="utf-8").partition("## An example")[0]
    assert {*re.findall(r"^\| `(\w+)", explained, re.MULTILINE)} == {*jobs.__all__} == jobs._HOMES.keys()
    with pytest.raises(AttributeError, match="it offers ConceptfreqError, Notebook"):
        _ = jobs.open_lake
