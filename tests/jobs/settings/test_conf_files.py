"""Where a file of conf/ is looked for, and what is said where it is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from jobs.errors import SettingsError
from jobs.settings.conf_files import conf_file


def test_the_working_directory_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    packaged = conf_file("published.yaml", "published: {layout: FILE}")
    assert Path(str(packaged)).resolve() == Path(__file__).resolve().parents[3] / "conf" / "published.yaml"
    (tmp_path / "conf").mkdir()
    (tmp_path / "conf" / "published.yaml").write_text("mine")
    assert conf_file("published.yaml", "published: {layout: FILE}").read_text(encoding="utf-8") == "mine"


def test_a_file_that_is_nowhere_is_named_with_its_setting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SettingsError, match=r"conf/none.yaml is neither .* as in published: \{layout: FILE\}"):
        conf_file("none.yaml", "published: {layout: FILE}")
