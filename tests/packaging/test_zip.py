"""What `make zip` makes is imported from the zip itself, data files included, and not from this checkout."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

PROGRAM = """
import json, sys
from importlib.resources import files
import jobs, udfs
from jobs.loop import glyphs
from jobs.page import document
from udfs.shards.task import IngestTask
from udfs.text.task import NounTask
print(json.dumps({
    "homes": [module.__file__ for module in (jobs, udfs, glyphs, document, sys.modules[NounTask.__module__])],
    "templates": sorted(file.name for file in files("jobs").joinpath("templates").iterdir()),
    "glyphs": len(files("jobs.loop").joinpath("glyphs.csv").read_text("utf-8").splitlines()),
    "torch": "torch" in sys.modules,
}))
"""


def test_packages_and_data_are_read_from_the_zip(wheel: Path, tmp_path: Path) -> None:
    archive = tmp_path / "conceptfreq.zip"
    shutil.copy(wheel, archive)
    environment = {**os.environ, "PYTHONPATH": str(archive)}
    command = [sys.executable, "-c", PROGRAM]
    done = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert all(home.startswith(f"{archive}{os.sep}") for home in found["homes"]), found["homes"]
    assert any(name.endswith(".j2") for name in found["templates"])
    assert found["glyphs"] > 90
    assert not found["torch"], "a worker that finds nouns imports no torch"
