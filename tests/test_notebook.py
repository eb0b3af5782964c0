"""The notebooks run from top to bottom without a workspace, and hold no logic of their own."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest
from results import write_retrieval

import jobs
import udfs

NOTEBOOKS = sorted((Path(__file__).resolve().parents[1] / "notebooks").glob("*.py"))
COUNTS, IMAGES, LAW, SCHEDULE, DEFINITIONS, COLLECTING = NOTEBOOKS


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_it_is_in_databricks_source_format(notebook: Path) -> None:
    lines = notebook.read_text(encoding="utf-8").splitlines()
    assert lines[0] == "# Databricks notebook source"
    assert lines.count("# COMMAND ----------") > 5


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_it_holds_no_logic(notebook: Path) -> None:
    forbidden = (ast.FunctionDef, ast.ClassDef, ast.If, ast.While, ast.Try)
    tree = ast.parse(notebook.read_text(encoding="utf-8"))
    assert not [node.lineno for node in ast.walk(tree) if isinstance(node, forbidden)]


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_it_uses_public_names_alone(notebook: Path) -> None:
    nodes = list(ast.walk(ast.parse(notebook.read_text(encoding="utf-8"))))
    modules = {name.name for node in nodes if isinstance(node, ast.Import) for name in node.names}
    assert not {name.partition(".")[0] for name in modules} & {"jobs", "udfs"}
    offered = {"jobs": jobs.__all__, "udfs": udfs.__all__}
    for node in nodes:
        if isinstance(node, ast.ImportFrom) and str(node.module).partition(".")[0] in offered:
            assert {name.name for name in node.names} <= {*offered[str(node.module)]}


@pytest.mark.long
@pytest.mark.timeout(300)
def test_it_counts_a_first_corpus_without_a_model(tmp_path: Path) -> None:
    said = ran(COUNTS, tmp_path, small(tmp_path))
    assert "('ingest', 'captions', 'index', 'count', 'report')" in said and "True []" in said
    assert "\nTrue\n" in said, "a second run writes nothing"
    # Words on no list have an answer, be it that no caption holds them.
    words = {line.split()[0]: line.split()[1:] for line in said.splitlines() if line.split()}
    assert int(words["picture"][0]) > 0 and words["zebra"][0] == "0"
    assert "gini" in said and not (tmp_path / "model").exists()


@pytest.mark.long
@pytest.mark.timeout(600)
def test_it_tags_embeds_and_compares_images(tmp_path: Path) -> None:
    said = ran(IMAGES, tmp_path, small(tmp_path))
    assert "degree_found" in said and "presence" in said
    found = [line.split()[-1] for line in said.splitlines() if line.strip().startswith("image above")]
    counts = [int(float(one)) for one in found]
    assert len(counts) == 3 and counts == sorted(counts, reverse=True), "a higher threshold finds fewer"
    assert "frequency given similarity" in said and "nearest_sample" in said


@pytest.mark.long
@pytest.mark.timeout(900)
def test_it_fits_own_and_published_results(tmp_path: Path) -> None:
    write_retrieval(tmp_path / "clone")
    home = tmp_path / "out"
    said = ran(LAW, tmp_path, {**small(home), "CONCEPTFREQ_PUBLISHED": str(tmp_path / "clone")})
    assert "slope_per_decade" in said and "told_apart" in said
    assert [line for line in said.splitlines() if line.startswith("text: ") and "per decade" in line]
    assert (home / "report.html").is_file() and (home / "mlflow.db").is_file()
    assert "24 fits, 0 refused" in said
    words = [" ".join(line.split()) for line in said.splitlines()]
    key = "default retrieval cc3m image 0.7 ViT-B-16  t2i_recall@10 0."
    assert [line for line in words if line.startswith(" ".join(key.split()))]
    assert (home / "retrieval_cc3m_image_0.7.png").is_file()


@pytest.mark.long
@pytest.mark.timeout(600)
def test_it_counts_new_shards_and_a_new_corpus_alone(tmp_path: Path) -> None:
    said = ran(SCHEDULE, tmp_path, small(tmp_path))
    works = [line for line in said.splitlines() if ", captions: " in line]
    assert works == [
        "grown, captions: 5 of 5 shards",
        "grown, captions: 3 of 8 shards",
        "grown, captions: 0 of 8 shards",
        "second, captions: 8 of 8 shards",
    ]
    assert "grew" in said and said.rstrip().endswith("True"), "a night with nothing new writes nothing"


@pytest.mark.long
@pytest.mark.timeout(900)
def test_it_compares_frequencies_and_counts_aliases(tmp_path: Path) -> None:
    said = ran(DEFINITIONS, tmp_path, small(tmp_path))
    assert "r2_held_out_concepts" in said and "presence" in said
    [gain] = [line.split() for line in said.splitlines() if line.split()[:1] == ["cow"]]
    by_name, with_aliases, gained = map(int, gain[1:])
    assert with_aliases > by_name and gained == with_aliases - by_name


@pytest.mark.long
@pytest.mark.timeout(900)
def test_it_says_what_to_collect(tmp_path: Path) -> None:
    said = ran(COLLECTING, tmp_path, small(tmp_path))
    assert "gini" in said and "needed" in said and "caption" in said


def small(folder: Path) -> dict[str, str]:
    """The parameters of a notebook that draws a small corpus into a folder and trains for a moment."""
    names = {"FOLDER": str(folder), "STEPS": "150", "LARGEST": "100"}
    return {f"CONCEPTFREQ_NOTEBOOK_{name}": value for name, value in names.items()}


def ran(notebook: Path, folder: Path, environment: dict[str, str]) -> str:
    """What a notebook says when it is run in a folder."""
    command = [sys.executable, str(notebook)]
    done = subprocess.run(command, cwd=folder, env={**os.environ, **environment}, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-5000:]
    return done.stdout
