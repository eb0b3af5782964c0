"""A list is read in the form in which people have it, or refused: never misread without a word."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from jobs.concepts.lists import list_names
from jobs.errors import SettingsError
from jobs.settings.corpora import ConceptList

DOG_CAT_SOFA = ("dog", "cat", "sofa")


def names_in(path: Path, column: str | int | None = None) -> tuple[str, ...]:
    return list_names(ConceptList(name="words", file=str(path), column=column))


@pytest.fixture
def reported(shared: Path) -> Path:
    folder = shared / "corpora" / "reports" / "concept_lists"
    if not folder.is_dir():
        pytest.skip(f"{folder} is not here")
    return folder


@pytest.mark.parametrize(
    ("name", "column", "names"),
    [
        ("bom_quoted.csv", None, ("dog", "cat, tabby")),
        ("classes.json", None, DOG_CAT_SOFA),
        ("classes.yaml", None, DOG_CAT_SOFA),
        ("classes_lines.json", None, DOG_CAT_SOFA),
        ("comma.txt", None, ("dog, domestic dog", "cat; tabby")),
        ("comment.txt", None, ("dog", "cat", "dog", "DOG")),
        ("cr.txt", None, ("dog", "cat")),
        ("named.csv", None, ("dog", "cat")),
        ("named.csv", "wnid", ("n1", "n2")),
        ("nel.txt", None, (*DOG_CAT_SOFA, "grass")),
        ("nohead.csv", 0, DOG_CAT_SOFA),
        ("semicolon.csv", None, ("dog", "cat")),
        ("semicolon.csv", " n ", ("1", "2")),
    ],
)
def test_reported_lists(reported: Path, name: str, column: str | int | None, names: tuple[str, ...]) -> None:
    assert names_in(reported / name, column) == names


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("clsidx.txt", "not one name per line"),
        ("latin1.txt", "can't decode byte 0xe9"),
        ("nohead.csv", "which column holds the names"),
        ("synsets.txt", "more than a name"),
    ],
)
def test_reported_lists_that_are_refused(reported: Path, name: str, said: str) -> None:
    with pytest.raises(SettingsError, match=f"concepts.words: .*{name} cannot be read: .*{said}"):
        names_in(reported / name)


@pytest.mark.parametrize(
    ("name", "text", "column", "names"),
    [
        ("a.CSV", "Concept,n\ndog,1\n\n,2\ncat,3\n", None, ("dog", "cat")),
        ("a.csv", "label\ndog\ncat\n", None, ("dog", "cat")),
        ("a.csv", "dog\ncat\n", None, ("dog", "cat")),
        ("a.csv", 'dog\n"cat, tabby"\n', None, ("dog", "cat, tabby")),
        ("a.csv", "id;name\r\n1;dog, domestic dog\r\n2;cat\r\n", None, ("dog, domestic dog", "cat")),
        ("a.csv", "id,label\n1,dog\n2,cat\n", "label", ("dog", "cat")),
        ("a.csv", "id,label\r1,dog\r2,cat\r", " label", ("dog", "cat")),
        ("a.TSV", "dog\t1\ncat\t2\n", 0, ("dog", "cat")),
        ("a.Json", '["dog", "  ", 737, "caf\\u00e9"]', None, ("dog", "737", "café")),
        ("a.json", '[{"id": 1, "name": "dog"}, {"id": 2, "name": "cat"}]', None, ("dog", "cat")),
        ("a.json", '[{"id": 1, "label": "dog"}, {"id": 2, "label": "cat"}]', "label", ("dog", "cat")),
        (
            "a.yml",
            "- no\n- 007\n- 2020-01-01\n- null\n- 'cat: tabby'\n",
            None,
            ("no", "007", "2020-01-01", "null", "cat: tabby"),
        ),
        ("a.txt", "#1 fan\n# a comment\n[dog]\n", None, ("#1 fan", "[dog]")),
    ],
)
def test_other_lists(tmp_path: Path, name: str, text: str, column: str | int | None, names: tuple[str, ...]) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8", newline="")
    assert names_in(tmp_path / name, column) == names
    (tmp_path / name).write_text(text, encoding="utf-16", newline="")
    assert names_in(tmp_path / name, column) == names


@pytest.mark.parametrize(
    ("name", "text", "column", "said"),
    [
        ("a.csv", "id,label\n1,dog\n", None, "There are 2, as in 'id', 'label': set `column`"),
        ("a.csv", "dog\ncat, tabby\n", None, "as in 'cat', ' tabby'"),
        ("a.csv", "concept\ncat, tabby\ndog\n", None, "the row 'cat', ' tabby' has more cells than the header"),
        ("a.csv", "id,label\n1,dog\n", "name", "no column 'name'; the columns are 'id', 'label'"),
        ("a.csv", "dog,1\ncat\n", 2, "no column 2: there are 2, numbered from 0, as in 'dog', '1'"),
        ("a.csv", "id,class_name\n1,dog\n", 1, "the file has a header: set `column` to 'class_name'"),
        ("a.csv", 'concept,n\n"dog,1\ncat,2\n', None, "unexpected end of data"),
        ("a.csv", "concept\n", None, "names no concept"),
        ("a.csv", "", None, "names no concept"),
        ("a.json", "dog\ncat\n", None, "Expecting value"),
        ("a.json", '{"0": "dog"}', None, "a list of names is expected, found {'0': 'dog'}"),
        ("a.json", '["dog", ["cat"]]', None, r"item 1 is ['cat'], not a name"),
        ("a.json", '["dog", null]', None, "item 1 is None, not a name"),
        ("a.json", '[{"id": "1", "label": "dog"}]', None, "has 'id', 'label': set `column`"),
        ("a.yaml", "- dog\n- {cat", None, "while parsing a flow mapping"),
        ("a.txt", '["dog", "cat"]', None, "name the file .json or .yaml"),
        ("a.txt", "dog\n1\tcat\n", None, r"'1\tcat' is more than a name"),
        ("a.txt", "n02084071\nn02121808\n", None, "'n02084071' is more than a name"),
    ],
)
def test_lists_that_are_refused(tmp_path: Path, name: str, text: str, column: str | int | None, said: str) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError) as refused:
        names_in(tmp_path / name, column)
    assert str(refused.value).startswith("concepts.words: ") and said.replace(r"\t", "\\t") in str(refused.value)


@pytest.mark.parametrize("column", [-1, 1.5, True])
def test_columns_are_names_or_numbers(column: Any) -> None:
    with pytest.raises(ValueError, match="column"):
        ConceptList(name="words", file="a.csv", column=column)
