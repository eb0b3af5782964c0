"""The campaign of kills itself, on runs of two seconds without Spark: it finds those that do not survive."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from campaign import UNDISTURBED, Campaign, Started
from processes import KILLED

SCRIPT = Path(__file__).with_name("rows.py")


class RowsDoor:
    """Runs of rows.py in a folder."""

    name = "rows"
    victims: Mapping[str, int | None] = {"driver": KILLED}

    def __init__(self, root: Path, manner: str) -> None:
        self.root = root
        self.manner = manner

    def start(self, lake: str) -> Started:
        log = self.root / f"{lake}.log"
        with log.open("ab") as said:
            words = [sys.executable, str(SCRIPT), str(self.folder(lake)), self.manner]
            return Started(subprocess.Popen(words, stdout=said, stderr=said), log)

    def living(self, victim: str, run: Started) -> list[list[int]]:
        return [[run.process.pid]]

    def revive(self, victim: str) -> None:
        return None

    def folder(self, lake: str) -> Path:
        return self.root / lake


def test_runs_that_resume_survive_all_kills(tmp_path: Path) -> None:
    measured = Campaign(RowsDoor(tmp_path, "resumes"), seed=1).run(6)
    assert measured.faults == []
    assert measured.survived == len(measured.kills) == 6
    assert measured.equal == measured.lakes >= 2
    assert measured.starts == measured.lakes + 6, "each kill ends one run, and each lake is let finish"
    assert all(0 < kill.moment < 1 and kill.victim == "driver" for kill in measured.kills)


@pytest.mark.parametrize("manner", ["repeats", "skips"])
def test_runs_that_do_not_are_found(tmp_path: Path, manner: str) -> None:
    measured = Campaign(RowsDoor(tmp_path, manner), seed=1).run(4)
    assert measured.faults and measured.equal == measured.lakes - len(measured.faults)
    assert measured.survived < len(measured.kills)
    assert "rows, seed 1, lake-" in measured.faults[0] and "driver at " in measured.faults[0]


def test_an_undisturbed_run_that_fails_is_told_with_what_it_said(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="(?s)undisturbed run ended with 1.*KeyError"):
        Campaign(RowsDoor(tmp_path, "unheard of"), seed=1).run(1)
    assert not (tmp_path / UNDISTURBED).exists()
