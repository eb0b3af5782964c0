"""Runs killed with SIGKILL before and after commits, started again: the tables are those of an undisturbed run."""

from __future__ import annotations

import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path
from typing import Any

import lakes
import pytest
import tiny
from processes import KILLED, python

SCRIPT = Path(__file__).with_name("interrupted.py")
NEVER = 10_000


def run(
    folder: Path, last: int = NEVER, moment: str = "before", *command_line: str
) -> subprocess.CompletedProcess[str]:
    return python(str(SCRIPT), str(folder / "settings.yaml"), str(last), moment, *command_line)


def prepare(folder: Path, **settings: Any) -> Path:
    """A corpus of three shards in two waves; the lake of an undisturbed run is `expected`, its number of `commits`."""
    tiny.corpus(folder / "corpus", images="images" in settings)
    write_settings(folder, **settings)
    undisturbed = run(folder)
    assert undisturbed.returncode == 0, undisturbed.stderr[-2000:]
    (folder / "lake").rename(folder / "expected")
    (folder / "commits").write_text(undisturbed.stderr.split("commits ")[-1])
    return folder


def write_settings(folder: Path, **settings: Any) -> None:
    tiny.write_settings(folder, waves={"max_shards": 2}, spark=tiny.TWO_CORES, **settings)


@pytest.fixture(scope="module")
def texts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Text search alone."""
    return prepare(tmp_path_factory.mktemp("texts"))


@pytest.fixture
def clean(texts: Path) -> Path:
    """The same without a lake."""
    shutil.rmtree(texts / "lake", ignore_errors=True)
    return texts


@pytest.mark.timeout(600)
def test_killed_at_a_commit_and_started_again(clean: Path) -> None:
    assert run(clean, 12, "before").returncode == KILLED
    again = run(clean)
    assert again.returncode == 0, again.stderr[-2000:]
    lakes.assert_equal(clean / "lake", clean / "expected")


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_killed_again_and_again_with_images(tmp_path: Path) -> None:
    """Each start is killed a few commits on, each time at another one, until one comes through."""
    folder = prepare(tmp_path, images={"tagger": tiny.TAGGER, "batch_size": 4})
    for attempt in count():
        done = run(folder, 8 + attempt % 5, "before")
        if done.returncode == 0:
            break
        assert done.returncode == KILLED, done.stderr[-2000:]
        assert attempt < 20, "kills do not come to an end: a start makes no progress"
    lakes.assert_equal(folder / "lake", folder / "expected")
    assert "commits 0" in run(folder).stderr


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_killed_all_along_a_run(texts: Path, tmp_path: Path) -> None:
    """Every fourth commit of a run, from the first lease to the totals, two runs at a time."""
    commits = int((texts / "commits").read_text())
    assert commits > 20
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda last: survive(texts, tmp_path / str(last), last), range(1, commits + 1, 4)))


def survive(texts: Path, folder: Path, last: int) -> None:
    """Killed after a commit and started again, over a copy of the corpus with the same times."""
    shutil.copytree(texts / "corpus", folder / "corpus")
    write_settings(folder)
    assert run(folder, last, "after").returncode == KILLED
    again = run(folder)
    assert again.returncode == 0, again.stderr[-2000:]
    lakes.assert_equal(folder / "lake", texts / "expected")
    shutil.rmtree(folder)


@pytest.mark.long
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("command", [["run"], ["forget", "--vanished"]], ids=lambda command: command[0])
def test_killed_while_shards_are_renamed_or_forgotten(texts: Path, tmp_path: Path, command: list[str]) -> None:
    """Every third commit, from the first lease to the last; a second start ends as an undisturbed one."""
    undisturbed = changed(texts, tmp_path / "undisturbed", command)
    done = run(undisturbed, NEVER, "before", *command)
    assert done.returncode == 0, done.stderr[-2000:]
    commits = int(done.stderr.split("commits ")[-1])
    assert commits > 10
    for last in range(1, commits + 1, 3):
        folder = changed(texts, tmp_path / str(last), command)
        assert run(folder, last, "after", *command).returncode == KILLED
        again = run(folder, NEVER, "before", *command)
        assert again.returncode == 0, again.stderr[-2000:]
        lakes.assert_equal(folder / "lake", undisturbed / "lake")
        shutil.rmtree(folder)


def changed(texts: Path, folder: Path, command: list[str]) -> Path:
    """A copy of a corpus and its lake in which a shard was renamed since, or removed where `command` forgets it."""
    shutil.copytree(texts / "corpus", folder / "corpus")
    shutil.copytree(texts / "expected", folder / "lake")
    write_settings(folder)
    shard = folder / "corpus" / "00001.tar"
    shard.rename(shard.with_name("other.tar")) if command == ["run"] else shard.unlink()
    return folder
