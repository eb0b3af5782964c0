"""`maintain` killed at every one of its steps, again and again: no row changes, and it comes to its end."""

from __future__ import annotations

import subprocess
from itertools import count
from pathlib import Path

import lakes
import pytest
import tiny
import worn
from processes import KILLED, python

SCRIPT = Path(__file__).with_name("interrupted_maintain.py")


def maintain(folder: Path, last: int, moment: str) -> subprocess.CompletedProcess[str]:
    return python(str(SCRIPT), str(folder / "settings.yaml"), str(last), moment)


@pytest.mark.long
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("moment", ["before", "after"])
def test_killed_again_and_again(tmp_path: Path, moment: str) -> None:
    # The lease is the first step of each start, so that the third is the second of the work.
    lake = worn.lake(tmp_path / "lake")
    tiny.write_settings(tmp_path, captions=None)
    worn.left_by_a_kill(lake / "samples", 200)
    worn.staged(lake, "images-tiny")
    before = lakes.tables(lake)
    for attempt in count():
        done = maintain(tmp_path, 2 + attempt % 3, moment)
        assert lakes.tables(lake) == before
        if done.returncode == 0:
            break
        assert done.returncode == KILLED, done.stderr[-2000:]
        assert attempt < 40, "kills do not come to an end: a start makes no progress"
    assert attempt > 3
    assert "nothing to do" in maintain(tmp_path, 1000, moment).stdout
    assert not (lake / "_staging" / "images-tiny").exists()
