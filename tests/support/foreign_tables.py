"""Tiny clones in the layouts of the public tables of frequencies; every name and number in them is ours."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

COMMIT = "0123456789abcdef0123456789abcdef01234567"
CLONES = "CONCEPTFREQ_CLONES"


def write_wen(folder: Path, files: Mapping[str, Mapping[str, int]]) -> Path:
    """A clone of Wen et al.'s tables: `{corpus}_{set}` -> class -> count."""
    for name, counts in files.items():
        path = folder / "metadata" / "freqs" / f"class_frequency_{name}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(f"{concept}\t{count}\n" for concept, count in counts.items()))
    return folder


def write_parashar(folder: Path, files: Mapping[str, list[dict[str, Any]]]) -> Path:
    """A clone of Parashar et al.'s tables: `{set}/metrics-{corpus}.json` -> classes."""
    for name, classes in files.items():
        path = folder / "analysis" / "laion" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({str(number): one for number, one in enumerate(classes)}))
    return folder


def one_class(name: str, union: int, relevant: int, **alternates: int) -> dict[str, Any]:
    """A class as Parashar et al. write it; underscores of `alternates` are spaces."""
    names = {alternate.replace("_", " "): count for alternate, count in alternates.items()}
    return {"name": name, "alternates": names, "actual_freq": union, "relevant_total": relevant}


def commit(folder: Path, packed: bool = False) -> None:
    """What git leaves in a clone that is at COMMIT."""
    git = folder / ".git"
    (git / "refs" / "heads").mkdir(parents=True)
    (git / "HEAD").write_text("ref: refs/heads/main\n")
    if packed:
        (git / "packed-refs").write_text(f"# pack-refs with: peeled\n{COMMIT} refs/heads/main\n")
    else:
        (git / "refs" / "heads" / "main").write_text(f"{COMMIT}\n")


def real_clone(shared: Path, name: str) -> Path:
    """A real clone of that name, below the folder that CLONES names or ../shared/clones; skips without one."""
    folder = Path(os.environ.get(CLONES, shared / "clones")) / name
    if not folder.is_dir():
        pytest.skip(f"no {folder}: clone it there, or name the folder of clones in {CLONES}")
    return folder
