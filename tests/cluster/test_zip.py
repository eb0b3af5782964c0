"""The zip in --py-files is all that driver and executors need of us: none of them has the package installed.

The submission is the README's own command line, with the master, the zip and the settings of the test.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest
import tiny
from entry_scripts import ROOT, entry_environment
from wheels import build_wheel

from jobs.core.context import Context
from jobs.lake.lake import Lake
from jobs.results.counts.frequencies import frequencies
from jobs.settings.loading import load_settings

# By hand from tiny.CAPTIONS.
BY_HAND = {"dog": 3, "cat": 3, "bicycle": 2, "tiger": 1, "new_york": 1, "leaf": 1, "unicorn": 0, "737": None}


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `make zip` makes: the wheel under another name."""
    folder = tmp_path_factory.mktemp("zip")
    return Path(shutil.copy(build_wheel(folder / "source"), folder / "conceptfreq.zip"))


@pytest.fixture(scope="module")
def bare_python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An interpreter with everything that we depend on, and without `jobs` and `udfs`.

    A folder that a .pth file names is searched, but .pth files inside it are not read: so the environment of the
    tests is visible and its link to this checkout is not.
    """
    home = tmp_path_factory.mktemp("bare") / "venv"
    venv.create(home, symlinks=True)
    site = sysconfig.get_path("purelib", "venv", {"base": str(home), "platbase": str(home)})
    Path(site, "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    python = home / "bin" / "python"
    lacks = "from importlib.util import find_spec as f; import sys, pyspark; sys.exit(bool(f('jobs') or f('udfs')))"
    subprocess.run([python, "-c", lacks], cwd=home, env=environment(python), check=True)
    return python


def environment(python: Path, **more: str) -> dict[str, str]:
    """The variables of a submission in which `python` is everybody's interpreter."""
    inherited = {key: value for key, value in entry_environment().items() if key != "PYTHONPATH"}
    return {**inherited, "PYSPARK_PYTHON": str(python), "PYSPARK_DRIVER_PYTHON": str(python), **more}


def readme_command(line: str, master: str, archive: Path, settings: Path) -> list[str]:
    """The README's spark-submit line with this start, and with these in the places of its own."""
    found = (ROOT / "README.md").read_text().splitlines()
    [words] = [shlex.split(command) for command in found if command.startswith(f"spark-submit --master {line}")]
    given = {words[2]: master, "dist/conceptfreq.zip": str(archive), "conf/NAME.yaml": str(settings)}
    assert set(given) < set(words)
    program, *arguments = (given.get(word, word) for word in words)
    return [str(Path(sys.executable).parent / program), "--driver-memory", "1g", *arguments]


def counts(settings: Path) -> dict[str, int | None]:
    """What text search found, by concept."""
    checked = load_settings(str(settings))
    rows = frequencies(Context(checked, Lake(None, checked.lake)), checked.corpora[0], "text")
    return {row.concept: row.frequency for row in rows}


def submit_and_count(command: list[str], settings: Path, python: Path, **variables: str) -> dict[str, int | None]:
    """Submit a run over a small corpus beside its settings, and read its counts."""
    tiny.corpus(settings.parent / "corpus")
    done = subprocess.run(
        command,
        cwd=ROOT,
        env=environment(python, **variables),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-5000:]
    return counts(settings)


@pytest.mark.long
@pytest.mark.timeout(1200)
def test_on_executors_of_a_local_cluster(archive: Path, bare_python: Path, spark_home: Path, tmp_path: Path) -> None:
    settings = tiny.write_settings(tmp_path)
    command = readme_command("spark://", "local-cluster[2,1,1024]", archive, settings)
    assert submit_and_count(command, settings, bare_python, SPARK_HOME=os.fspath(spark_home)) == BY_HAND


@pytest.mark.long
@pytest.mark.timeout(1200)
def test_on_workers_of_a_standalone_cluster(
    archive: Path, bare_python: Path, standalone_master: str, tmp_path: Path
) -> None:
    settings = tiny.write_settings(tmp_path)
    command = readme_command("spark://", standalone_master, archive, settings)
    assert submit_and_count(command, settings, bare_python) == BY_HAND


@pytest.mark.long
@pytest.mark.timeout(1200)
def test_with_options_instead_of_a_properties_file(archive: Path, bare_python: Path, tmp_path: Path) -> None:
    settings = tiny.write_settings(tmp_path)
    command = readme_command("'local[2]'", "local[2]", archive, settings)
    assert submit_and_count(command, settings, bare_python) == BY_HAND
