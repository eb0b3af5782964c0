"""A session without Delta Lake is refused in one line, whatever its confs say."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
import tiny
from entry_scripts import ROOT, entry_environment

# What is configured, while no package is there.
NAMED = ["--conf", "spark.sql.extensions=io.delta.sql.DeltaSparkSessionExtension"]


@pytest.mark.long
@pytest.mark.parametrize("options", [[], NAMED], ids=["nothing", "a conf that names it"])
def test_it_is_refused(tmp_path: Path, options: list[str]) -> None:
    tiny.corpus(tmp_path / "corpus")
    settings = str(tiny.write_settings(tmp_path))
    command = ["spark-submit", "--master", "local[1]", *options, str(ROOT / "jobs" / "cli.py"), "run", settings]
    done = subprocess.run(command, env=entry_environment(), cwd=tmp_path, capture_output=True, text=True)
    # spark-submit sends what Python says on stderr to stdout.
    assert done.returncode == 2, done.stdout[-3000:]
    assert "this Spark session has no Delta Lake: add --packages io.delta:delta-spark" in done.stdout
    assert not (tmp_path / "lake").exists()
