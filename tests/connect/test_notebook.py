"""The notebook on a server's session, with a folder that client and server both see."""

from __future__ import annotations

from pathlib import Path

import pytest
from connect_clients import client
from entry_scripts import ROOT


@pytest.mark.long
@pytest.mark.timeout(900)
def test_it_comes_to_the_law(server: str, tmp_path: Path) -> None:
    environment = {
        "CONCEPTFREQ_NOTEBOOK_FOLDER": str(tmp_path),
        "CONCEPTFREQ_NOTEBOOK_STEPS": "150",
        "CONCEPTFREQ_NOTEBOOK_LARGEST": "100",
    }
    done = client(server, str(ROOT / "notebooks" / "01_counts_and_law.py"), **environment)
    assert done.returncode == 0, done.stderr[-5000:]
    assert "degree_found" in done.stdout and "slope_per_decade" in done.stdout
    assert (tmp_path / "report.html").is_file() and (tmp_path / "mlflow.db").is_file()
