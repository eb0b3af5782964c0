"""The wheel as a release would build it, from a copy of the tree."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUILD = "import setuptools.build_meta, sys; setuptools.build_meta.build_wheel(sys.argv[1])"


def build_wheel(source: Path) -> Path:
    """Copy the tree into `source` and build there; tests/ is copied too: leaving it out is the metadata's doing."""
    for name in ("conf", "jobs", "udfs", "tests"):
        shutil.copytree(ROOT / name, source / name, symlinks=True, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("setup.cfg", "pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    done = subprocess.run([sys.executable, "-c", BUILD, "dist"], cwd=source, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return next((source / "dist").glob("conceptfreq-*.whl"))
