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
COUNTS, PUBLISHED, FREQUENCIES, COLLECTING = NOTEBOOKS


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
        if isinstance(node, ast.ImportFrom):
            assert {name.name for name in node.names} <= {*offered[str(node.module)]}


@pytest.mark.long
@pytest.mark.timeout(600)
def test_it_takes_a_small_corpus_to_counts_and_the_law(tmp_path: Path) -> None:
    said = ran(COUNTS, tmp_path, small(tmp_path))
    assert "degree_found" in said and "slope_per_decade" in said
    assert (tmp_path / "report.html").is_file() and (tmp_path / "mlflow.db").is_file()


@pytest.mark.long
@pytest.mark.timeout(300)
def test_it_takes_published_results_to_fits_and_figures(tmp_path: Path) -> None:
    write_retrieval(tmp_path / "clone")
    environment = {
        "CONCEPTFREQ_PUBLISHED": str(tmp_path / "clone"),
        "CONCEPTFREQ_NOTEBOOK_FOLDER": str(tmp_path / "out"),
    }
    said = ran(PUBLISHED, tmp_path, environment)
    assert "24 fits, 0 refused" in said
    words = [" ".join(line.split()) for line in said.splitlines()]
    key = "default retrieval cc3m image 0.7 ViT-B-16  t2i_recall@10 0."
    assert [line for line in words if line.startswith(" ".join(key.split()))]
    assert (tmp_path / "out" / "retrieval_cc3m_image_0.7.png").is_file()


@pytest.mark.long
@pytest.mark.timeout(900)
def test_it_compares_frequencies_and_counts_aliases(tmp_path: Path) -> None:
    said = ran(FREQUENCIES, tmp_path, small(tmp_path))
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
