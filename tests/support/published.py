"""Clones of the authors' repository for tests: all of it from the two Parquet files of shared/paper, or a few files."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from jobs.core.context import Context
from jobs.lake.lake import Lake
from jobs.published.layout import load_layout
from jobs.published.load import load
from jobs.published.results import Results, read_results
from jobs.settings.settings import Settings


def write_clone(paper: Path, folder: Path) -> Path:
    """The whole of what shared/paper has, in the authors' layout: all corpora, all sets, misalignment, the list.

    What only `raw/` has (retrieval sets' counts) is copied. 799 files, in 1 s.
    """
    shutil.copytree(paper / "raw", folder, copy_function=shutil.copyfile)
    for directory in folder.rglob("*/"):
        directory.chmod(0o755)
    folder.chmod(0o755)
    for name, document in {
        **count_documents(paper),
        **accuracy_documents(paper),
        **misalignment_documents(paper),
    }.items():
        write_json(folder / name, document)
    (folder / "let_it_wag_datasets").mkdir()
    shutil.copyfile(paper / "let_it_wag_class_list.txt", folder / "let_it_wag_datasets" / "let_it_wag_class_list.txt")
    return folder


def write_json(path: Path, document: Any) -> None:
    """A JSON file, with its folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document), encoding="utf-8")


def count_documents(paper: Path) -> dict[str, Any]:
    """File name -> concept -> count, of search_counts.parquet."""
    table = pd.read_parquet(paper / "search_counts.parquet")
    keys = ["downstream", "corpus", "search", "text_method", "threshold"]
    return {
        count_file(*key): dict(zip(rows["concept"], rows["count"].tolist(), strict=True))
        for key, rows in table.groupby(keys, dropna=False)
    }


def count_file(one_set: str, corpus: str, search: str, method: Any, threshold: float) -> str:
    """What the authors call the counts of a set."""
    words = {"text": f"{method}", "image": f"rampp{threshold:g}", "integrated": f"integrated_t{method}_i{threshold:g}"}
    return f"search_counts/{one_set}_{corpus}_{words[search]}_search_counts.json"


def accuracy_documents(paper: Path) -> dict[str, Any]:
    """File name -> model -> full, classwise, of zero_shot_evaluations.parquet."""
    table = pd.read_parquet(paper / "zero_shot_evaluations.parquet")
    found: dict[str, Any] = {}
    for (one_set, prompt, model, corpus), rows in table.groupby(["dataset", "prompt", "model", "pretrained"]):
        classwise = dict(zip(rows["concept"], rows["accuracy"].tolist(), strict=True))
        file = found.setdefault(f"zero_shot_evaluations/{one_set}_{prompt}_results.json", {})
        file[f"backbone{model}_pretrained{corpus}"] = {"full": rows["accuracy"].mean(), "classwise": classwise}
    return found


def misalignment_documents(paper: Path) -> Mapping[str, Any]:
    """File name -> count and degrees, of misalignment.json."""
    table = json.loads((paper / "misalignment.json").read_text(encoding="utf-8"))
    return {f"misalignment_metrics/{corpus}_misalignment_degree.json": values for corpus, values in table.items()}


def import_here(lake: Lake, folder: Path, **settings: Any) -> tuple[Results, bool]:
    """Import a folder into a lake in this process: what was read, and whether anything was written."""
    checked = Settings.model_validate({"name": "paper", "lake": lake.location, **settings})
    found = read_results(folder, load_layout(checked))
    return found, load(Context(checked, lake, "import-published"), found.parts, found.lists)
