"""The audit through the tables: own and imported counts, the command, and the summary after each count."""

from __future__ import annotations

import csv
import io
import json
import logging
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
import tiny
import yaml
from published import count_documents, import_here, write_json

from jobs.analysis.suspicions.suspicion import Question, Suspicion
from jobs.cli import main
from jobs.core.context import Context
from jobs.errors import ConceptfreqError
from jobs.lake.lake import Lake
from jobs.results.audit import Audit, audit, own_counts, summarise
from jobs.settings.settings import Settings

COLUMNS = "corpus,search,method,threshold,list,concept,finding,frequency,other,concepts,decades,weight,reason,source"


def audited(settings: dict[str, Any]) -> dict[tuple[str, str | None], Suspicion]:
    """What is found in a lake that is opened for looking only."""
    checked = Settings.model_validate(settings)
    return {(one.kind, one.concept): one for one in audit(Context(checked, Lake(None, checked.lake))).findings}


@pytest.fixture(scope="module")
def counted(spark: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a small corpus that was counted."""
    folder = tmp_path_factory.mktemp("counted")
    tiny.corpus(folder / "corpus")
    tiny.run_here(spark, tiny.settings_dict(folder))
    return folder


def test_own_counts_of_a_real_run(counted: Path) -> None:
    found = audited(tiny.settings_dict(counted))
    assert set(found) == {("unanswerable", "737"), ("zeros", None)}
    digits = found["unanswerable", "737"]
    assert digits.frequency is None and digits.lists == ("words",) and "has digits" in digits.reason
    assert "1 of 7 concepts are 0 (share 0.14)" in found["zeros", None].reason


def test_terms_that_the_papers_match_drops(spark: Any, tmp_path: Path) -> None:
    tiny.corpus(tmp_path / "corpus", [["a dog on a mat"] * 12, ["a cat"] * 3])
    (tmp_path / "concepts.txt").write_text("dog\nNewfoundland_dog\nstriped\ncat\nCat\n")
    settings = tiny.settings_dict(tmp_path, captions={"match": "paper"})
    tiny.run_here(spark, settings)
    found = audited(settings)
    newfoundland = found["equals_a_term", "Newfoundland_dog"]
    assert (newfoundland.frequency, newfoundland.other) == (12, "dog")
    assert "never a noun" in found["unanswerable", "striped"].reason
    assert ("differs_in_spelling", "Cat") in found


def test_every_count_ends_with_a_summary(spark: Any, counted: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger="jobs.results.audit"):
        assert tiny.run_here(spark, tiny.settings_dict(counted), ["count"]).idle
    said = [record.message for record in caplog.records if record.name == "jobs.results.audit"]
    assert said == [
        "audit: searches with frequencies of 0: 1, concepts that the search cannot answer: 1; "
        "`conceptfreq audit CONFIG` lists them"
    ]
    caplog.clear()
    # Without a session nothing but the local tables can have been looked at.
    checked = Settings.model_validate(tiny.settings_dict(counted))
    with caplog.at_level(logging.INFO, logger="jobs.results.audit"):
        summarise(Context(checked, Lake(None, checked.lake)))
    assert [record.message for record in caplog.records] == said


def test_a_very_long_list_has_no_summary_and_is_told_so(
    counted: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jobs.results.audit.SUMMARISED", 3)
    checked = Settings.model_validate(tiny.settings_dict(counted))
    with caplog.at_level(logging.INFO, logger="jobs.results.audit"):
        summarise(Context(checked, Lake(None, checked.lake)))
    assert [record.message for record in caplog.records] == [
        "audit: not made for all of 8 concepts; `conceptfreq audit CONFIG` makes it"
    ]


def test_only_the_settings_own_lists_and_specs_are_audited(counted: Path) -> None:
    (counted / "few.txt").write_text("dog\ncat\n")
    few = tiny.settings_dict(counted, concepts=[{"name": "few", "file": str(counted / "few.txt")}])
    checked = Settings.model_validate(few)
    assert {count.concept for count in own_counts(Context(checked, Lake(None, checked.lake)))} == {"dog", "cat"}
    other = Settings.model_validate({**few, "captions": {"match": "phrase"}})
    assert own_counts(Context(other, Lake(None, other.lake))) == []
    with pytest.raises(ConceptfreqError, match="nothing is counted under these settings"):
        audit(Context(other, Lake(None, other.lake)))


def test_a_lake_with_nothing_counted_ends_with_1(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    tiny.corpus(tmp_path / "corpus")
    assert main(["audit", str(tiny.write_settings(tmp_path))]) == 1
    assert "nothing is counted under these settings, and nothing was imported" in caplog.text


def test_the_command_writes_csv(counted: Path, capsys: pytest.CaptureFixture[str]) -> None:
    settings = str(tiny.write_settings(counted))
    assert main(["audit", settings]) == 0
    said = capsys.readouterr().out
    assert said.splitlines()[0] == COLUMNS
    rows = list(csv.DictReader(io.StringIO(said)))
    keys = ("corpus", "search", "method", "threshold", "source")
    assert [tuple(row[key] for key in keys) for row in rows] == [("tiny", "text", "strict", "", "own")] * 2
    assert main(["audit", settings, "--output", str(counted / "out" / "audit.csv"), "--json"]) == 0
    assert (counted / "out" / "audit.csv").read_text() == said
    summary = json.loads(capsys.readouterr().out)
    numbers = {"frequencies": 8, "findings": 2, "kinds": {"zeros": 1, "unanswerable": 1}}
    assert summary == {**numbers, "unchecked": None}


def finding(kind: str, concept: str | None, other: str | None = None) -> Suspicion:
    return Suspicion(kind, None, (), concept, 10, other, 1, 1.0, "")


def test_findings_of_a_kind_about_a_concept_or_the_heaviest() -> None:
    zeros, sofa, couch = finding("zeros", None), finding("shared_term", "Sofa_bed"), finding("shared_term", "bed")
    other = finding("equals_a_term", "news", "sofa bed")
    found = Audit((zeros, sofa, couch, other), 100)
    assert found.only() == found
    assert found.only(kinds=["shared_term"]).findings == (sofa, couch)
    # Also as the other concept, and whatever its spelling.
    assert found.only(concept="sofa bed").findings == (sofa, other)
    assert found.only(top=1).findings == (zeros, sofa, other)
    assert found.only(["shared_term"], "sofa bed", 5).by_kind == {"shared_term": 1}
    assert found.only(concept="dog").findings == ()


def test_the_command_shows_what_is_asked_for(counted: Path, capsys: pytest.CaptureFixture[str]) -> None:
    settings = str(tiny.write_settings(counted))
    assert main(["audit", settings, "--kind", "unanswerable", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["kinds"] == {"unanswerable": 1}
    assert main(["audit", settings, "--concept", "dog"]) == 0
    assert capsys.readouterr().out.splitlines() == [COLUMNS]


@pytest.fixture(scope="module")
def imported(spark: Any, shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with settings of name and lake only, and what shared/paper/raw has in the lake."""
    raw = shared / "paper" / "raw"
    if not raw.is_dir():
        pytest.skip(f"no {raw}: the published results are not on this machine")
    folder = tmp_path_factory.mktemp("imported")
    import_here(Lake(spark, str(folder / "lake")), raw)
    (folder / "audit.yaml").write_text(yaml.safe_dump({"name": "paper", "lake": str(folder / "lake")}))
    return folder


def test_imported_counts(imported: Path) -> None:
    output = imported / "audit.csv"
    assert main(["audit", str(imported / "audit.yaml"), "--output", str(output)]) == 0
    with output.open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert {row["source"] for row in rows} == {"published", ""}
    text = [row for row in rows if (row["search"], row["method"]) == ("text", "lemmatized")]
    found = {(row["finding"], row["concept"]): row for row in text}
    assert found["equals_a_term", "Newfoundland dog"]["frequency"] == "36103"
    assert found["unanswerable", "A320"]["frequency"] == "0"
    assert "never a noun" in found["unanswerable", "striped"]["reason"]
    lists = [row for row in rows if row["finding"] == "differs_between_lists" and row["search"] == "integrated"]
    assert len(lists) == 41
    [plane] = [row for row in rows if row["finding"] == "unpaired_name"]
    assert (plane["list"], plane["concept"], plane["other"]) == ("cifar10", "airplane", "plane")
    assert plane["weight"] == "0.0" and "a name fix pairs the two" in plane["reason"]
    shares = {
        row["search"]: row["reason"]
        for row in rows
        if row["finding"] == "zeros" and row["threshold"] in ("", "0.7") and "imagenet" in row["list"]
    }
    assert "(share 0.38)" in shares["text"]
    assert "(share 0.24)" in shares["image"] and "(share 0.55)" in shares["integrated"]
    weights = [float(row["weight"]) for row in rows]
    assert weights == sorted(weights, reverse=True)


def published_findings(lake: Path, corpus: str, method: str = "lemmatized") -> dict[tuple[str, str | None], Suspicion]:
    """What is found in a corpus's published text counts; names are not asked of spaCy."""
    given = {"name": "paper", "lake": str(lake), "captions": {"pipeline": "no_such_pipeline"}}
    checked = Settings.model_validate(given)
    asked = Question("published", corpus, "text", method)
    findings = audit(Context(checked, Lake(None, checked.lake))).findings
    return {(one.kind, one.concept): one for one in findings if one.question == asked}


def test_absent_terms_and_lemmas_of_lone_words_in_cc3m(imported: Path) -> None:
    found = published_findings(imported / "lake", "cc3m")
    birds = ("Avocet", "Bittern", "Coot", "Dipper", "Oystercatcher", "Pipit", "Redstart", "Wigeon", "Woodcock")
    shared_terms = {name: found["shared_term", f"American_{name}"] for name in birds}
    assert {one.frequency for one in shared_terms.values()} == {16_267}
    house = found["equals_a_term", "oast_house"]
    assert (house.frequency, house.other) == (55_204, "house")
    assert found["zero_in_one_search", "living_room"].frequency == 0
    lowercased = published_findings(imported / "lake", "cc3m", "lowercased")
    assert ("zero_in_one_search", "living_room") not in lowercased


def test_zeros_of_common_words_in_laion400m(imported: Path, shared: Path, tmp_path: Path) -> None:
    shutil.copytree(imported / "lake", tmp_path / "lake")
    documents = count_documents(shared / "paper")
    for name in (name for name in documents if re.search("_laion400m_(lemmatized|lowercased|rampp0.7)_", name)):
        write_json(tmp_path / "clone" / name, documents[name])
    import_here(Lake(None, str(tmp_path / "lake")), tmp_path / "clone")
    found = published_findings(tmp_path / "lake", "laion400m")
    for name in ("rose", "jeans", "scissors", "T-shirt"):
        assert found["zero_in_one_search", name].frequency == 0, name


def test_without_spacy_only_digits_are_judged_and_that_is_said(
    imported: Path, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    pipeline = "captions.pipeline=no_such_pipeline"
    output = imported / "digits.csv"
    command = ["audit", str(imported / "audit.yaml"), "--set", pipeline, "--json", "--output", str(output)]
    assert main(command) == 0
    assert "'no_such_pipeline' is not installed" in json.loads(capsys.readouterr().out)["unchecked"]
    assert "not checked whether the names are nouns" in caplog.text
    with output.open(newline="") as stream:
        names = {row["concept"] for row in csv.DictReader(stream) if row["finding"] == "unanswerable"}
    assert "737-800" in names and "striped" not in names
