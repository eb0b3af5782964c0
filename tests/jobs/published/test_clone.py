"""Where results are found below a folder, and what of them is listed as absent."""

from __future__ import annotations

from pathlib import Path

import pytest
from published import count_documents, write_json

from jobs.errors import SettingsError
from jobs.published.clone import absent, find
from jobs.published.layout import ReleaseLayout, load_layout
from jobs.settings.settings import Settings

COUNTS = "search_counts/cifar10_cc3m_lemmatized_search_counts.json"


@pytest.fixture(scope="module")
def layout() -> ReleaseLayout:
    return load_layout(Settings(name="paper", lake="./none"))


@pytest.mark.parametrize("below", ["", "results", "a/b"])
def test_folders_are_found_at_any_depth(tmp_path: Path, layout: ReleaseLayout, below: str) -> None:
    write_json(tmp_path / below / COUNTS, {"cat": 1})
    write_json(tmp_path / "let_it_wag_datasets/evaluations/let_it_wag_ensemble_results.json", {})
    write_json(tmp_path / "evaluations/other_ensemble_results.json", {})
    write_json(tmp_path / ".git/search_counts/old_cc3m_lemmatized_search_counts.json", {})
    write_json(tmp_path / below / "search_counts/.hidden", {})
    (tmp_path / "let_it_wag_datasets/let_it_wag_class_list.txt").write_text("axe\n")
    found = find(tmp_path, layout)
    assert [file.name for file in found.files] == [
        COUNTS,
        "let_it_wag_datasets/evaluations/let_it_wag_ensemble_results.json",
    ]
    assert found.lists["let_it_wag"].read_text() == "axe\n"


def test_the_folder_itself_may_be_named(tmp_path: Path, layout: ReleaseLayout) -> None:
    write_json(tmp_path / COUNTS, {"cat": 1})
    assert [file.name for file in find(tmp_path / "search_counts", layout).files] == [COUNTS]


def test_one_folder_twice_is_fine_where_it_is_the_same(tmp_path: Path, layout: ReleaseLayout) -> None:
    for copy in ("a", "b/c"):
        write_json(tmp_path / copy / COUNTS, {"cat": 1})
    assert [file.path for file in find(tmp_path, layout).files] == [tmp_path / "a" / COUNTS]
    write_json(tmp_path / "b/c" / COUNTS, {"cat": 2})
    with pytest.raises(SettingsError) as refusal:
        find(tmp_path, layout)
    assert f"{tmp_path / 'a/search_counts'}, {tmp_path / 'b/c/search_counts'}" in str(refusal.value)


def test_a_folder_without_results_is_refused(tmp_path: Path, layout: ReleaseLayout) -> None:
    for path, said in ((tmp_path, "holds nothing of the published results"), (tmp_path / "none", "not a folder")):
        with pytest.raises(SettingsError, match=said) as refusal:
            find(path, layout)
        assert refusal.value.exit_status == 2


def test_what_is_expected_of_the_classification_sets_is_what_was_published(paper: Path, layout: ReleaseLayout) -> None:
    expected = {
        file for one in absent(find(paper / "raw" / "misalignment_metrics", layout), layout) for file in one.files
    }
    classification = {
        file
        for file in expected
        if file.startswith("search_counts/")
        and not file.startswith(tuple(f"search_counts/{s}_" for s in ("coco", "flickr", "t2i")))
    }
    assert classification == set(count_documents(paper))
    assert "let_it_wag_class_list.txt" in expected


def test_what_is_there_is_not_absent_even_if_it_cannot_be_used(tmp_path: Path, layout: ReleaseLayout) -> None:
    write_json(tmp_path / COUNTS, [])
    listed = absent(find(tmp_path, layout), layout)
    assert COUNTS not in {file for one in listed for file in one.files}
    [lemmatized] = [
        one
        for one in listed
        if one.file == "search_counts/{set}_cc3m_lemmatized_search_counts.json" and len(one.sets) > 2
    ]
    assert "cifar10," not in str(lemmatized) and "cifar100," in str(lemmatized)
