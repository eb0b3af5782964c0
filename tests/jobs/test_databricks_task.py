"""A scheduler that looks at no exit status sees an exception."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
import tiny

from jobs.databricks_task import TaskFailed, main


def test_a_command_that_fails_raises(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["conceptfreq-task", "run", str(tmp_path / "nowhere.yaml")])
    with pytest.raises(TaskFailed, match="exit status 2"):
        main()


def test_one_that_succeeds_returns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tiny.corpus(tmp_path / "corpus")
    settings = tiny.write_settings(tmp_path)
    monkeypatch.setattr(sys, "argv", ["conceptfreq-task", "status", str(settings)])
    main()
