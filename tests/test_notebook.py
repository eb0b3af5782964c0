"""The notebook runs from top to bottom without a workspace, and holds no logic of its own."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

NOTEBOOK = Path(__file__).resolve().parents[1] / "notebooks" / "01_counts_and_law.py"


def test_it_is_in_databricks_source_format() -> None:
    lines = NOTEBOOK.read_text(encoding="utf-8").splitlines()
    assert lines[0] == "# Databricks notebook source"
    assert lines.count("# COMMAND ----------") > 5


def test_it_holds_no_logic() -> None:
    forbidden = (ast.FunctionDef, ast.ClassDef, ast.If, ast.While, ast.Try)
    tree = ast.parse(NOTEBOOK.read_text(encoding="utf-8"))
    assert not [node.lineno for node in ast.walk(tree) if isinstance(node, forbidden)]


@pytest.mark.long
@pytest.mark.timeout(600)
def test_it_takes_a_small_corpus_to_counts_and_the_law(tmp_path: Path) -> None:
    environment = {
        **os.environ,
        "CONCEPTFREQ_NOTEBOOK_FOLDER": str(tmp_path),
        "CONCEPTFREQ_NOTEBOOK_STEPS": "150",
        "CONCEPTFREQ_NOTEBOOK_LARGEST": "100",
    }
    command = [sys.executable, str(NOTEBOOK)]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-5000:]
    assert "Misaligned(" in done.stdout and "slope_per_decade" in done.stdout
    assert (tmp_path / "report.html").is_file() and (tmp_path / "mlflow.db").is_file()
