"""What a run stands on is lost: it ends and says so, no shard is called failed, and the next run ends as any other."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import lakes
import pytest
import tiny
from deltalake import DeltaTable
from processes import python

SCRIPT = Path(__file__).with_name("lost.py")
COMMAND = ["-m", "jobs.cli", "run"]
pytestmark = [pytest.mark.long, pytest.mark.timeout(600)]


def settings(folder: Path, lake: Path) -> str:
    folder.mkdir(exist_ok=True)
    return str(
        tiny.write_settings(
            folder,
            lake=str(lake),
            waves={"max_shards": 1},
            spark=tiny.TWO_CORES,
            report={"output": str(folder / "report.html")},
        )
    )


def states(lake: Path) -> set[str]:
    return set(DeltaTable(str(lake / "shards")).to_pyarrow_table(columns=["state"])["state"].to_pylist())


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a corpus and the lake of a run to which nothing happened."""
    folder = tmp_path_factory.mktemp("lost")
    tiny.corpus(folder / "corpus")
    done = python(*COMMAND, settings(folder, folder / "lake"))
    assert done.returncode == 0, done.stderr[-3000:]
    return folder


@pytest.mark.parametrize("how", ["stopped", "context", "killed"])
def test_a_session_that_is_gone(undisturbed: Path, how: str) -> None:
    lake = undisturbed / how
    lost = python(str(SCRIPT), settings(undisturbed, lake), how)
    assert lost.returncode == 1, lost.stderr[-3000:]
    assert "the Spark session was stopped, or its driver or server died" in lost.stderr
    assert "start the same command again" in lost.stderr and "Traceback" not in lost.stderr
    assert states(lake) == {"done"}
    assert python(*COMMAND, settings(undisturbed, lake)).returncode == 0
    lakes.assert_equal(lake, undisturbed / "lake")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 300 KB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=300k", "tmpfs", str(disk)]
    if subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("no file system can be mounted here")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


def test_a_disk_that_is_full(undisturbed: Path, small_disk: Path) -> None:
    lake = small_disk / "lake"
    full = python(*COMMAND, settings(undisturbed, lake))
    assert full.returncode == 1, full.stderr[-3000:]
    assert "no space is left on a disk" in full.stderr and "make room" in full.stderr
    assert states(lake) <= {"done"}
    subprocess.run(["mount", "-o", "remount,size=50m", str(small_disk)], check=True)
    again = python(*COMMAND, settings(undisturbed, lake))
    assert again.returncode == 0, again.stderr[-3000:]
    lakes.assert_equal(lake, undisturbed / "lake")
