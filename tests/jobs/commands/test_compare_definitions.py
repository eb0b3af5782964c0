"""`compare-definitions` as a user calls it: on published results of ours, and on the real ones if they are there."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
import yaml
from foreign_tables import real_clone, write_wen
from offspark import create
from published import count_file, write_json
from published_counts import kept_lake

from jobs import ConceptfreqError, open_run
from jobs.cli import main
from jobs.imported.load import SCHEMA as EVALUATIONS
from jobs.results.fits.compared_definitions import DEFINITION_ROWS, LATENT_ROWS
from jobs.results.fits.joint_searches import JOINT_ROWS

SETS = ("cub", "dtd", "oxfordpets")
CONCEPTS = 40


def write_results(folder: Path) -> tuple[Path, Path]:
    """A clone of the authors' results and one of Wen et al.'s table, in which a count with synonyms predicts best."""
    random = np.random.default_rng(0)
    for one_set in SETS:
        true = random.uniform(1, 5, CONCEPTS)
        names = [f"{one_set}_Concept_{number}" for number in range(CONCEPTS)]
        noise = {"text": 1.5, "image": 1.5, "integrated": 2.0, "theirs": 0.1}
        counts = {
            kind: np.floor(10 ** (true + by * random.normal(size=CONCEPTS))).astype(int) for kind, by in noise.items()
        }
        for kind, threshold in (("text", 0.0), ("image", 0.7), ("integrated", 0.7)):
            path = folder / "paper" / count_file(one_set, "cc12m", kind, "lemmatized", threshold)
            write_json(path, dict(zip(names, counts[kind].tolist(), strict=True)))
        score = np.clip(10 * true + 5 * random.normal(size=CONCEPTS), 0, 100)
        classwise = {"full": 50.0, "classwise": dict(zip(names, score.tolist(), strict=True))}
        models = {f"backbone{model}_pretrainedcc12m": classwise for model in ("RN50", "ViT-B-16")}
        write_json(folder / "paper" / f"zero_shot_evaluations/{one_set}_ensemble_results.json", models)
        theirs = {name.replace("_", " "): int(count) for name, count in zip(names, counts["theirs"], strict=True)}
        theirs.pop(next(iter(theirs)))
        write_wen(folder / "wen", {f"cc12m_{'pets' if one_set == 'oxfordpets' else one_set}": theirs})
    return folder / "paper", folder / "wen"


def settings_without_corpora(folder: Path) -> Path:
    """Settings that name no corpus, over the kept lake with a table of evaluations."""
    lake = yaml.safe_load(kept_lake(folder).read_text())["lake"]
    create(lake, "evaluations", EVALUATIONS)
    path = folder / "paper.yaml"
    path.write_text(yaml.safe_dump({"name": "paper", "lake": lake}))
    return path


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Settings over a lake that holds both; the command only looks."""
    path = settings_without_corpora(tmp_path_factory.mktemp("definitions"))
    paper, wen = write_results(path.parent)
    assert main(["import-published", str(paper), "--config", str(path)]) == 0
    assert main(["import-frequencies", str(wen), "--config", str(path)]) == 0
    return path


def test_the_table_the_figure_and_the_sentence(config: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    output, figure, latent = (config.parent / name for name in ("out.csv", "out.svg", "latent.parquet"))
    asked = ["--output", str(output), "--figure", str(figure), "--latent", str(latent)]
    assert main(["compare-definitions", str(config), *asked]) == 0
    with output.open() as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == DEFINITION_ROWS.names
    assert [row["definition"] for row in rows[:8]] == [
        "text",
        "image above 0.7",
        "integrated above 0.7",
        "wen",
        "text, zeros mended by image above 0.7",
        "text and P(image above 0.7 | text)",
        "text and both shares above 0.7",
        "latent",
    ]
    assert {(row["model"], row["concepts"], row["sets"]) for row in rows} == {
        ("RN50", "117", "3"),
        ("ViT-B-16", "117", "3"),
    }
    assert {row["definition"] for row in rows if row["best"] == "True"} == {"wen"}
    assert "cc12m: wen lacks 3 of 120 scored concepts; 3 of other sets, as cub: cub concept 0" in caplog.text
    assert "cc12m: all definitions are compared over the same 117 concepts of 3 sets" in caplog.text
    assert "Of 2 fits, held-out concepts are predicted best by wen in 2; the data tell the best one" in caplog.text
    assert "<svg" in figure.read_text() and "cc12m, 117 concepts" in figure.read_text()
    found = pq.read_table(latent)
    assert found.schema.names == LATENT_ROWS.names and found.num_rows == 117
    of_one = found.to_pylist()[0]
    assert of_one["frequency_low"] < of_one["frequency"] < of_one["frequency_high"]


def test_some_definitions_alone(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    only = ["--definition", "text", "--definition", "integrated above 0.7", "--format", "json"]
    assert main(["compare-definitions", str(config), *only]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert {row["concepts"] for row in rows} == {120}
    assert {row["definition"] for row in rows} == {
        "text",
        "integrated above 0.7",
        "text and P(image above 0.7 | text)",
    }
    assert main(["compare-definitions", str(config), "--definition", "mine"]) == 2


def test_zeros_can_be_left_out(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compare-definitions", str(config), "--without-zeros", "--format", "json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    (concepts,) = {row["concepts"] for row in rows}
    assert 20 < concepts < 117 and {row["zeros"] for row in rows} == {0}
    frame = open_run(str(config)).compare_definitions(definitions=["text", "wen"], without_zeros=True)
    assert frame["concepts"].min() > concepts, "two definitions find more than all of them together"


def test_two_definitions_at_once(
    config: Path, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    asked = ["joint", str(config), "--format", "json", "--definition"]
    assert main([*asked, "text", "--definition", "wen"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert list(rows[0]) == JOINT_ROWS.names
    assert [(row["model"], row["of"]) for row in rows] == [
        (model, of) for model in ("RN50", "ViT-B-16") for of in ("text", "wen")
    ]
    text, wen = rows[:2]
    assert (wen["corpus"], wen["threshold"], wen["concepts"], wen["sets"]) == ("cc12m", None, 117, 3)
    # A count with synonyms leaves little to the text search that it replaces.
    assert wen["partial_r2"] > 0.5 > 0.1 > text["partial_r2"] and wen["alone"] > wen["given_other"] * 0.9 > 8
    assert "cc12m, RN50, ensemble: Text after wen: " in caplog.text
    for words, status, message in (
        (["text"], 2, "name two definitions of frequency"),
        (["text", "--definition", "mine"], 2, "no definition 'mine'"),
    ):
        assert main([*asked, *words]) == status
        assert message in caplog.text


def test_python_shows_the_same(config: Path) -> None:
    run = open_run(str(config))
    frame = run.compare_definitions(definitions=["text", "wen"], sets=["cub", "dtd"])
    assert list(frame.columns) == DEFINITION_ROWS.names
    assert set(frame["definition"]) == {"text", "wen"} and set(frame["sets"]) == {2}
    assert run.compare_definitions(["cc12m"])["definition"].nunique() == 8
    with pytest.raises(ConceptfreqError, match="no definitions of frequency to compare"):
        run.compare_definitions(["laion400m"])


def test_nothing_to_compare_is_said(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    assert main(["compare-definitions", str(settings_without_corpora(tmp_path))]) == 1
    assert "paper: no definitions of frequency to compare: no score has a frequency beside it" in caplog.text


@pytest.mark.long
def test_the_real_tables(tmp_path: Path, shared: Path, capsys: pytest.CaptureFixture[str]) -> None:
    clones = [real_clone(shared, name) for name in ("clip-beyond-tail", "NeglectedTailsVLM")]
    paper = real_clone(shared, "frequency_determines_performance")
    path = settings_without_corpora(tmp_path)
    assert main(["import-published", str(paper), "--config", str(path)]) == 0
    for clone in clones:
        assert main(["import-frequencies", str(clone), "--config", str(path)]) == 0
    names = ("text", "image above 0.7", "integrated above 0.7", "wen", "parashar-union", "parashar-relevant")
    only = [word for name in names for word in ("--definition", name)]
    capsys.readouterr()
    assert main(["compare-definitions", str(path), "--corpus", "laion400m", *only, "--format", "json"]) == 0
    rows = {(row["model"], row["definition"]): row for row in json.loads(capsys.readouterr().out)}
    assert {(row["concepts"], row["sets"]) for row in rows.values()} == {(1430, 6)}
    assert [rows["ViT-B-32", name]["zeros"] for name in names] == [272, 119, 444, 2, 0, 1]
    assert [round(rows["ViT-B-32", name]["r2"], 3) for name in names] == [0.014, 0.004, 0.020, 0.044, 0.063, 0.068]
