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
from jobs.settings.protocols import load_protocols
from jobs.settings.law import Fit
from jobs.settings.settings import Settings
from jobs.loop import glyphs
from jobs.report_page import rendering
from jobs.published.layout import load_layout
from udfs.shards.task import IngestTask
from udfs.text.task import NounTask
print(json.dumps({
    "homes": [module.__file__ for module in (jobs, udfs, glyphs, rendering, sys.modules[NounTask.__module__])],
    "templates": sorted(file.name for file in files("jobs.report_page").joinpath("templates").iterdir()),
    "glyphs": len(files("jobs.loop").joinpath("glyphs.csv").read_text("utf-8").splitlines()),
    "protocols": [[one.name, len(one.published().classification.sets)] for one in load_protocols(Fit().protocols)],
    "corpora": load_layout(Settings(name="paper", lake="./nowhere")).corpora,
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
    # conf/ of the checkout is not under the working directory.
    assert found["protocols"] == [["paper", 18], ["default", 18]] and "laion400m" in found["corpora"]
    assert not found["torch"], "a worker that finds nouns imports no torch"
