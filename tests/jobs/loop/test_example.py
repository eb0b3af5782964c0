"""The example of notebooks: what it draws, and settings that hold on Databricks too."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from jobs import draw_example, open_run
from jobs.core.listing import Listings
from jobs.stages.inputs import check_corpora, check_report


def test_a_drawn_example_is_a_text_search(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = draw_example(str(tmp_path), max_frequency=2)
    assert {one.name for one in tmp_path.iterdir()} >= {"corpus", "evaluation", "concepts.txt", "concepts.yaml"}
    run = open_run({**settings, "name": "drawn", "lake": "main.drawn"})
    assert run.stages == ("ingest", "captions", "index", "count", "report")
    check_corpora(run.settings, Listings())
    # There a report beside the lake would be lost with the cluster.
    monkeypatch.setenv("DATABRICKS_RUNTIME_VERSION", "17.3")
    check_report(run.settings, Listings())


def test_what_is_there_by_the_same_options_is_kept(tmp_path: Path) -> None:
    def drawn(**options: float) -> int:
        draw_example(str(tmp_path), max_frequency=2, **options)
        return (tmp_path / "concepts.txt").stat().st_mtime_ns

    first = drawn()
    assert drawn() == first != drawn(synonyms=0.5)
    (tmp_path / "drawn.json").unlink()
    assert drawn(synonyms=0.5) > first, "a drawing that was killed has no stamp"


def test_drawing_needs_no_torch(tmp_path: Path) -> None:
    program = "import sys; sys.modules['torch'] = None; import jobs; jobs.draw_example(sys.argv[1], max_frequency=1)"
    subprocess.run([sys.executable, "-c", program, str(tmp_path)], check=True)
    assert len(list((tmp_path / "corpus").iterdir())) == 8
