"""A notebook on a server's session, with a folder that client and server both see."""

from __future__ import annotations

from pathlib import Path

import pytest
from connect_clients import client
from entry_scripts import ROOT


@pytest.mark.long
@pytest.mark.timeout(900)
def test_it_comes_from_a_corpus_to_a_plan(server: str, tmp_path: Path) -> None:
    environment = {
        "CONCEPTFREQ_NOTEBOOK_FOLDER": str(tmp_path),
        "CONCEPTFREQ_NOTEBOOK_STEPS": "150",
        "CONCEPTFREQ_NOTEBOOK_LARGEST": "100",
    }
    done = client(server, str(ROOT / "notebooks" / "06_what_to_collect.py"), **environment)
    assert done.returncode == 0, done.stderr[-5000:]
    assert "gini" in done.stdout and "needed" in done.stdout
    assert (tmp_path / "mlflow.db").is_file()
