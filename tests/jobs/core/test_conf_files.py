"""Where a file of conf/ is looked for, and what is said where it is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from jobs.core import conf_files
from jobs.core.conf_files import conf_file
from jobs.core.errors import SettingsError


def test_the_working_directory_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert conf_file("published.yaml", "published.layout") == conf_files.CHECKOUT / "conf" / "published.yaml"
    (tmp_path / "conf").mkdir()
    (tmp_path / "conf" / "published.yaml").touch()
    assert conf_file("published.yaml", "published.layout").resolve() == tmp_path / "conf" / "published.yaml"


def test_a_file_that_is_nowhere_is_named_with_its_setting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SettingsError, match=r"conf/none.yaml is neither .* by the setting 'published.layout'"):
        conf_file("none.yaml", "published.layout")
