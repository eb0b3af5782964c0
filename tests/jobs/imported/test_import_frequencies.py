"""`import-frequencies` as a user calls it, and what `counts` and `lookup` answer from it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import lakes
import pytest
import yaml
from foreign_tables import write_wen
from published_counts import kept_lake

from jobs.cli import main
from jobs.core.context import Context
from jobs.imported import load_frequencies as loading
from jobs.imported.frequency_files import check_frequencies, read_frequency_file
from jobs.lake.lake import Lake
from jobs.published.concept_lists import concept_rows
from jobs.settings.settings import Settings

HEADER = "set,concept,corpus,definition,frequency,samples"


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Settings of the kept lake."""
    return kept_lake(tmp_path)


def write(config: Path, *rows: str, name: str = "theirs.csv") -> str:
    path = config.parent / name
    path.write_text("\n".join([HEADER, *rows]) + "\n")
    return str(path)


def lake_of(config: Path) -> Lake:
    return Lake(None, str(config.parent / "lake"))


def rows_of(config: Path) -> dict[tuple[str, ...], int]:
    bodies = loading.frequency_specs(lake_of(config))
    return {
        (row["list"], row["corpus"], bodies[row["spec"]]["definition"], row["concept"] or row["measure"]): row[
            "frequency"
        ]
        for row in lake_of(config).rows("concept_counts")
        if row["spec"] in bodies
    }


def test_a_table_is_imported_once_and_replaced_by_set_corpus_and_definition(
    config: Path, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    first = write(
        config,
        "pets,pug,laion,names,5,90",
        "pets,boxer,laion,names,0,90",
        "pets,pug,laion,clean,2,",
        ",pug,laion,clean,2,",
    )
    assert main(["import-frequencies", first, "--config", str(config), "--dry-run"]) == 0
    assert capsys.readouterr().out == "rows 3: sets 1, corpora 1, definitions 2; left out 1\n"
    assert rows_of(config) == {}
    assert main(["import-frequencies", first, "--config", str(config)]) == 0
    assert capsys.readouterr().err.endswith("left out 1; written tables\n")
    assert "theirs.csv: left out, as no set: line 5" in caplog.text
    assert rows_of(config) == {
        ("pets", "laion", "names", "pug"): 5,
        ("pets", "laion", "names", "boxer"): 0,
        ("pets", "laion", "names", "samples"): 90,
        ("pets", "laion", "clean", "pug"): 2,
    }
    before = lakes.versions(config.parent / "lake")
    assert main(["import-frequencies", first, "--config", str(config)]) == 0
    assert lakes.versions(config.parent / "lake") == before

    again = write(config, "pets,pug,laion,names,6,", name="again.csv")
    assert main(["import-frequencies", again, "--config", str(config)]) == 0
    assert rows_of(config) == {("pets", "laion", "names", "pug"): 6, ("pets", "laion", "clean", "pug"): 2}
    bodies = loading.frequency_specs(lake_of(config)).values()
    assert {(body["definition"], body["file"]) for body in bodies} == {("names", "again.csv"), ("clean", "theirs.csv")}


def test_counts_and_lookup_answer_from_it(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table = write(config, "pets,pug,laion,names,5,90", "pets,boxer,laion,names,0,90")
    clone = write_wen(config.parent / "clone", {"laion400m_pets": {"pug": 31}})
    for path in (table, str(clone)):
        assert main(["import-frequencies", path, "--config", str(config)]) == 0
    capsys.readouterr()
    assert main(["counts", str(config), "--search", "text", "--corpus", "laion"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "corpus,search,threshold,concept,frequency,unanswerable,samples,source,list",
        'laion,text,,pug,5,,90,"imported, names",pets',
        'laion,text,,boxer,0,,90,"imported, names",pets',
    ]
    assert main(["lookup", str(config), "pug", "--json"]) == 0
    found = [row["frequency"] for row in json.loads(capsys.readouterr().out)]
    imported = {(row["corpus"], row["source"], row["list"], row["frequency"]) for row in found if row["list"]}
    assert imported == {("laion", "imported, names", "pets", 5), ("laion400m", "imported, wen", "pets", 31)}


def test_a_set_of_theirs_is_no_concept_list(config: Path) -> None:
    assert main(["import-frequencies", write(config, "pets,pug,laion,names,5,90"), "--config", str(config)]) == 0
    rows = concept_rows(lake_of(config), {"wag": ["cat"]}, (), ())
    assert rows is not None and "pug" not in {row["concept"] for row in rows}


@pytest.mark.parametrize("step", ["record_all", "_write_rows"])
@pytest.mark.parametrize("late", [False, True])
def test_an_import_that_is_killed_ends_right_when_it_is_started_again(
    config: Path, monkeypatch: pytest.MonkeyPatch, step: str, late: bool
) -> None:
    assert main(["import-frequencies", write(config, "pets,pug,laion,names,5,"), "--config", str(config)]) == 0
    sheet = check_frequencies(read_frequency_file(write(config, "pets,pug,laion,names,6,", "pets,pug,cc,names,1,")))
    settings = Settings.model_validate(yaml.safe_load(config.read_text()))
    context = Context(settings, lake_of(config))
    real: Callable[..., Any] = getattr(loading, step)

    def killed(*arguments: Any) -> None:
        if late:
            real(*arguments)
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(loading, step, killed)
        with pytest.raises(KeyboardInterrupt):
            loading.load_frequencies(context, sheet.tables)
    assert loading.load_frequencies(context, sheet.tables)
    assert rows_of(config) == {("pets", "laion", "names", "pug"): 6, ("pets", "cc", "names", "pug"): 1}
    assert loading.frequency_specs(lake_of(config)).keys() == {loading.spec_of(table).id for table in sheet.tables}
    assert not loading.load_frequencies(context, sheet.tables)


def test_what_cannot_be_used_is_an_error_and_changes_nothing(config: Path, caplog: pytest.LogCaptureFixture) -> None:
    before = lakes.versions(config.parent / "lake")
    assert main(["import-frequencies", write(config, "pets,,laion,names,5,"), "--config", str(config)]) == 1
    assert "no row can be used: nothing was imported" in caplog.text
    two = write(config, "pets,pug,laion,names,5,", "pets,pug,laion,names,6,")
    assert main(["import-frequencies", two, "--config", str(config)]) == 2
    assert main(["import-frequencies", str(config.parent), "--config", str(config)]) == 2
    assert lakes.versions(config.parent / "lake") == before
