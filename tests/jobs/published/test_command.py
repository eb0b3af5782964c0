"""`import-published` as a user calls it: exit statuses, the summary, and what is listed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import lakes
import pytest
import yaml
from published import write_json
from results import write_retrieval

from jobs import open_run
from jobs.cli import main
from jobs.lake.lake import Lake

ROOT = Path(__file__).resolve().parents[3]
CATS = "search_counts/pets_cc3m_lemmatized_search_counts.json"


@pytest.fixture
def config(lake: Lake, tmp_path: Path) -> str:
    """Settings that name a lake and nothing else."""
    path = tmp_path / "paper.yaml"
    path.write_text(yaml.safe_dump({"name": "paper", "lake": lake.location}))
    return str(path)


def test_the_command_line(
    config: str, lake: Lake, paper: Path, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    for written in ("tables", "nothing"):
        assert main(["import-published", str(paper / "raw"), "--config", config, "--json"]) == 0
        said = capsys.readouterr()
        [line] = said.out.splitlines()
        summary = json.loads(line)
        assert summary["files"] == {"search_counts": 79, "zero_shot": 12, "misalignment": 1}
        assert summary["rows"] == {"search_counts": 20_111, "zero_shot": 12_285, "misalignment": 3}
        assert [problem["names"] for problem in summary["problems"]] == [[""]]
        assert "t2i_evaluations/t2i_human_align.json" in summary["absent"] and summary["written"] == written
        assert said.err.endswith(f"problems 1, absent {len(summary['absent'])}; written {written}\n")
    assert "zero_shot: 12 files, 12285 rows" in caplog.text
    assert (
        "not as expected: search_counts/coco_cc3m_rampp0.7_search_counts.json: empty concept name (1): ''"
        in caplog.text
    )
    assert "absent: retrieval_evaluations/{set}_i2t_k=1_results.json for coco, flickr" in caplog.text
    assert "everything was imported already: nothing was written" in caplog.text
    assert lake.rows("runs", ["command"]) == [{"command": "import-published"}]

    assert (
        main(["counts", config, "--search", "image", "--corpus", "cc3m", "--threshold", "0.7", "--format", "json"]) == 0
    )
    rows = json.loads(capsys.readouterr().out)
    assert {row["source"] for row in rows} == {"published"} and {row["samples"] for row in rows} == {None}
    most = rows[0]
    assert main(["lookup", config, most["concept"], "--json"]) == 0
    found = [one for one in json.loads(capsys.readouterr().out) if one["frequency"] == most]
    assert [one["rank"] for one in found] == [1]
    assert main(["misalignment", config, "--format", "json"]) == 0
    assert [row["source"] for row in json.loads(capsys.readouterr().out)] == ["published"]
    assert main(["counts", config, "--search", "image", "--corpus", "cc4m"]) == 2
    assert "no corpus 'cc4m'; corpora: " in caplog.text


def test_hostile_files_are_listed_and_the_rest_is_imported(
    config: str, lake: Lake, tmp_path: Path, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    counts = tmp_path / "clone" / "search_counts"
    bad = {f"c{number}": value for number, value in enumerate([-1, None, 0.5, "x", True, [1], float("nan")])}
    write_json(tmp_path / "clone" / CATS, {"cat": 3, "": 1, **bad})
    (counts / "a_cc3m_lemmatized_search_counts.json").write_text("")
    (counts / "b_cc3m_lemmatized_search_counts.json").write_text('{"cat": 1')
    (counts / "c_cc3m_lemmatized_search_counts.json").write_text('[{"cat": 1}]')
    (counts / "d_cc3m_lemmatized_search_counts.json").write_text('{"cat": 1, "cat": 2}')
    (counts / "e_datacomp_lemmatized_search_counts.json").write_text('{"cat": 1}')
    (counts / "f_cc3m_lemmatized_search_counts.json").mkdir()
    (counts / "g_cc3m_lemmatized_search_counts.json").symlink_to(tmp_path / "none")
    (counts / "pets_cc3m_rampp0.70_search_counts.json").write_text('{"cat": 9}')
    (counts / "pets_cc3m_rampp0.7_search_counts.json").write_text('{"cat": 8}')
    (tmp_path / "clone" / "let_it_wag_class_list.txt").write_text('"axe"\n\n"axe"\n"broken\nplain name\n""\n')
    assert main(["import-published", str(tmp_path / "clone"), "--config", config, "--json"]) == 0
    problems = {
        (one["file"].split("/")[-1][:2], one["reason"]): one["names"]
        for one in json.loads(capsys.readouterr().out)["problems"]
    }
    assert problems == {
        ("a_", "the file is empty"): [],
        ("b_", "not JSON: Expecting ',' delimiter: line 1 column 10 (char 9)"): [],
        ("c_", "an object is expected, found a list"): [],
        ("d_", "given twice, the first is kept"): ["cat"],
        ("e_", "'e_datacomp' ends in no known corpus; corpora: cc3m, cc12m, yfcc15m, laion400m, laion_aesthetics, "
               "synthci30m, laion200m_train_test_sim_normalized"): [],
        ("f_", "cannot be read (Is a directory)"): [],
        ("g_", "cannot be read (No such file or directory)"): [],
        ("pe", "empty concept name"): [""],
        ("pe", "negative"): ["c0"],
        ("pe", "null"): ["c1"],
        ("pe", "not a whole number"): ["c2"],
        ("pe", "not a number but text"): ["c3"],
        ("pe", "not a number but a truth value"): ["c4"],
        ("pe", "not a number but a list"): ["c5"],
        ("pe", "not a finite number"): ["c6"],
        ("pe", "has the same meaning as search_counts/pets_cc3m_rampp0.70_search_counts.json, which is kept"): [],
        ("le", "given twice"): ['"axe"'],
        ("le", "not a name"): ['"broken'],
        ("le", "empty concept name"): ['""'],
    }  # fmt: skip
    rows = {(row["list"], row["concept"], row["search"]): row["frequency"] for row in lake.rows("concept_counts")}
    assert rows == {("pets", "cat", "text"): 3, ("d", "cat", "text"): 1, ("pets", "cat", "image"): 9}
    assert {row["concept"]: row["lists"] for row in lake.rows("concepts")} == {
        "axe": ["let_it_wag"], "cat": ["d", "pets"], "plain name": ["let_it_wag"],
    }  # fmt: skip


def test_a_folder_without_results_ends_with_2(config: str, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "empty").mkdir()
    assert main(["import-published", str(tmp_path / "empty"), "--config", config]) == 2
    assert "holds nothing of the published results" in caplog.text
    assert main(["import-published", str(tmp_path / "none"), "--config", config]) == 2
    with pytest.raises(SystemExit) as ended:
        main(["import-published", str(tmp_path / "empty")])
    assert ended.value.code == 2


def test_results_of_which_none_can_be_used_end_with_1(config: str, lake: Lake, tmp_path: Path) -> None:
    versions = lakes.versions(Path(lake.location))
    write_json(tmp_path / "clone" / CATS, [])
    assert main(["import-published", str(tmp_path / "clone"), "--config", config]) == 1
    assert lakes.versions(Path(lake.location)) == versions


def test_a_dry_run_says_what_is_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_json(tmp_path / "clone" / CATS, {"cat": 3})
    (tmp_path / "c.yaml").write_text(f"name: paper\nlake: {tmp_path / 'lake'}\n")
    assert main(["import-published", str(tmp_path / "clone"), "--config", str(tmp_path / "c.yaml"), "--dry-run"]) == 0
    assert capsys.readouterr().out.startswith("files 1, rows: search_counts 1; problems 0, absent ")
    assert not (tmp_path / "lake").exists()


def test_a_lake_that_has_its_tables_needs_no_java(config: str, lake: Lake, tmp_path: Path) -> None:
    write_json(tmp_path / "clone" / CATS, {"cat": 3})
    command = [sys.executable, "-m", "jobs.cli", "import-published", str(tmp_path / "clone"), "--config", config]
    without_java = {**os.environ, "JAVA_HOME": str(tmp_path / "none"), "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=tmp_path, env=without_java, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert done.stderr.endswith("written tables\n") and [row["frequency"] for row in lake.rows("concept_counts")] == [3]


def test_a_layout_that_cannot_be_used_is_named(config: str, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "layout.yaml").write_text("folders: {counts: [x]}\n")
    for path, said in ((tmp_path / "none.yaml", "cannot be read"), (tmp_path / "layout.yaml", "layout.yaml: folders")):
        arguments = ["import-published", str(tmp_path), "--config", config, "--set", f"published.layout={path}"]
        assert main(arguments) == 2
        assert said in caplog.text


def test_python_imports_and_shows_the_same(config: str, lake: Lake, tmp_path: Path) -> None:
    counts = write_retrieval(tmp_path / "clone")
    run = open_run(config)
    assert run.import_published(tmp_path / "clone").rows["search_counts"] == 150
    shown = run.frequencies("image", concept_list="coco")
    assert dict(zip(shown["concept"], shown["frequency"], strict=True)) == counts["coco"]
    assert shown["samples"].isna().all() and set(shown["source"]) == {"published"}
    assert [sheet.frame.shape[1] for sheet in run.reproduce().sheets if sheet.name == "fits"] == [18]
