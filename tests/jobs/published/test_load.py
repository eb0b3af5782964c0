"""Imports as tables: the same rows as the published Parquet files, once, and nothing else of what a part replaces."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import lakes
import pandas as pd
import pytest
from deltalake import DeltaTable
from published import import_here, write_clone, write_json
from pyspark.sql import SparkSession

from jobs.errors import LeaseHeld
from jobs.lake.lake import Lake
from jobs.lake.lease import Lease

COUNTS = "search_counts/{}_{}_{}_search_counts.json"
COUNT_KEY = ["downstream", "corpus", "search", "text_method", "threshold", "concept"]
SCORE_KEY = ["dataset", "prompt", "model", "pretrained", "concept"]


def bodies(lake: Lake) -> dict[str, dict[str, Any]]:
    """Spec -> body."""
    return {row["spec"]: json.loads(row["body"]) for row in lake.rows("specs")}


def counts_of(lake: Lake) -> pd.DataFrame:
    """The concepts' counts as search_counts.parquet has them."""
    table = DeltaTable(f"{lake.location}/concept_counts").to_pandas().query("measure == 'concept'")
    methods = {spec: body.get("method") for spec, body in bodies(lake).items()}
    table["text_method"] = table["spec"].map(methods)
    return table.rename(columns={"list": "downstream", "frequency": "count"})[[*COUNT_KEY, "count"]]


def scores_of(lake: Lake) -> pd.DataFrame:
    """The accuracies as zero_shot_evaluations.parquet has them."""
    table = DeltaTable(f"{lake.location}/evaluations").to_pandas()
    assert set(table["unit"]) == {"percent"} and set(table["metric"]) == {"accuracy"} and table["samples"].isna().all()
    names = table["model"].str.extract(r"^backbone(?P<model>.+)_pretrained(?P<pretrained>.+)$")
    table = table.drop(columns="model").join(names).rename(columns={"set": "dataset", "value": "accuracy"})
    return table[[*SCORE_KEY, "accuracy"]]


def assert_same_rows(found: pd.DataFrame, expected: pd.DataFrame, key: list[str]) -> None:
    """Both hold the same rows, in whatever order."""
    ordered = [frame.fillna({"text_method": ""}).sort_values(key, ignore_index=True) for frame in (found, expected)]
    pd.testing.assert_frame_equal(*ordered, check_dtype=False, check_exact=True)


def test_raw_gives_the_rows_of_the_parquet_files(lake: Lake, paper: Path) -> None:
    found, written = import_here(lake, paper / "raw")
    assert written and found.rows == {"search_counts": 20_111, "zero_shot": 12_285, "misalignment": 3}
    assert [str(problem) for problem in found.problems] == [
        "search_counts/coco_cc3m_rampp0.7_search_counts.json: empty concept name (1): ''"
    ]
    counts, published = counts_of(lake), pd.read_parquet(paper / "search_counts.parquet")
    files = counts.groupby(COUNT_KEY[:-1], dropna=False).size()
    same = published.set_index(COUNT_KEY[:-1]).index.isin(files.index)
    sets = set(published["downstream"])
    assert len(files) == 79 and set(counts["downstream"]) - sets == {"coco", "flickr"}
    assert_same_rows(counts[counts["downstream"].isin(sets)], published[same], COUNT_KEY)
    scores, accuracies = scores_of(lake), pd.read_parquet(paper / "zero_shot_evaluations.parquet")
    assert_same_rows(scores, accuracies[accuracies["dataset"].isin(set(scores["dataset"]))], SCORE_KEY)


def test_everything_is_imported_once(lake: Lake, paper: Path, tmp_path: Path) -> None:
    clone = write_clone(paper, tmp_path / "clone")
    found, written = import_here(lake, clone)
    assert written and found.rows["lists"] == 290 and sum(found.files.values()) == 799
    counts = counts_of(lake)
    assert_same_rows(
        counts[~counts["downstream"].isin(["coco", "flickr"])],
        pd.read_parquet(paper / "search_counts.parquet"),
        COUNT_KEY,
    )
    assert_same_rows(scores_of(lake), pd.read_parquet(paper / "zero_shot_evaluations.parquet"), SCORE_KEY)
    lists = {row["concept"]: row["lists"] for row in lake.rows("concepts")}
    assert sum("let_it_wag" in one for one in lists.values()) == 290
    assert sum("imagenet" in one for one in lists.values()) == 1_000 and "t2i" not in lists
    assert lists["airplane"] == sorted(lists["airplane"]) and "cifar10" in lists["airplane"]
    versions = lakes.versions(Path(lake.location))
    again, written = import_here(lake, clone)
    assert not written and again.rows == found.rows
    assert lakes.versions(Path(lake.location)) == versions


def test_specs_say_where_the_rows_are_from(lake: Lake, tmp_path: Path) -> None:
    write_json(tmp_path / "c" / COUNTS.format("a", "cc3m", "rampp0.7"), {"cat": 3, "dog": 0})
    write_json(tmp_path / "c" / COUNTS.format("b", "cc3m", "rampp0.7"), {"cat": 4})
    write_json(tmp_path / "c" / "zero_shot_evaluations/a_simple_results.json", {"m": {"classwise": {"cat": 40}}})
    import_here(lake, tmp_path / "c")
    [counts, scores] = sorted(bodies(lake).values(), key=lambda body: str(body["kind"]))
    assert {key: counts[key] for key in ("source", "kind", "corpus", "search", "method", "threshold")} == {
        "source": "published", "kind": "search_counts", "corpus": "cc3m", "search": "image", "method": None,
        "threshold": 0.7,
    }  # fmt: skip
    assert counts["files"]["b"]["file"] == COUNTS.format("b", "cc3m", "rampp0.7")
    assert (scores["set"], scores["prompt"], scores["unit"]) == ("a", "simple", "percent")
    rows = {(row["list"], row["concept"]): row for row in lake.rows("concept_counts")}
    assert {key: row["frequency"] for key, row in rows.items()} == {("a", "cat"): 3, ("a", "dog"): 0, ("b", "cat"): 4}
    assert all(row["spec"].startswith("published-") and row["shards"] == 0 for row in rows.values())


def test_retrieval_text_to_image_and_misalignment(lake: Lake, tmp_path: Path) -> None:
    clone = tmp_path / "c"
    recall = {"m": {"conceptwise": {"cat": 0.5, "dog": 1.0, "": 0.2}}}
    write_json(clone / "retrieval_evaluations/coco_i2t_k=5_results.json", recall)
    write_json(
        clone / "retrieval_evaluations/flickr_t2i_k=1_results.json", {"m": {"conceptwise": {"cat": 50, "dog": 0.5}}}
    )
    write_json(clone / "t2i_evaluations/t2i_human_align.json", {"sd": {"classwise": {"cat": [1, 4], "dog": []}}})
    degrees = {
        "misalignment_counts": 6,
        "misalignment_degree (percent); extracted dataset size": 6 / 40,
        "misalignment_degree (percent); fixed conservative dataset size": 6 / 90,
    }
    write_json(clone / "misalignment_metrics/cc3m_misalignment_degree.json", degrees)
    found, _ = import_here(lake, clone)
    assert [problem.names for problem in found.problems] == [("m: ",)]
    rows = {
        (row["set"], row["metric"], row["concept"]): (row["unit"], row["value"], row["samples"], row["prompt"])
        for row in lake.rows("evaluations")
    }
    assert rows == {
        ("coco", "i2t_recall@5", "cat"): ("share", 0.5, None, ""),
        ("coco", "i2t_recall@5", "dog"): ("share", 1.0, None, ""),
        ("flickr", "t2i_recall@1", "cat"): ("percent", 50.0, None, ""),
        ("flickr", "t2i_recall@1", "dog"): ("percent", 0.5, None, ""),
        ("t2i", "human_align", "cat"): ("score", 2.5, 2, ""),
        ("t2i", "human_align", "dog"): ("score", None, 0, ""),
    }
    totals = {(row["search"], row["threshold"], row["measure"]): row for row in lake.rows("concept_counts")}
    assert {key: row["frequency"] for key, row in totals.items()} == {
        ("integrated", 0.7, "misaligned"): 6,
        ("integrated", 0.7, "found"): 40,
        ("integrated", 0.7, "samples"): 90,
    }
    assert all(row["concept"] is None and row["list"] is None for row in totals.values())


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """Three corpora's counts and two evaluations of small sets."""
    folder = tmp_path / "small"
    for corpus in ("cc3m", "cc12m"):
        for one_set, concept in (("a", "cat"), ("b", "dog")):
            write_json(folder / COUNTS.format(one_set, corpus, "lemmatized"), {concept: 5, "fox": 1})
    for prompt in ("class", "simple"):
        write_json(folder / f"zero_shot_evaluations/a_{prompt}_results.json", {"m": {"classwise": {"cat": 10.0}}})
    return folder


def test_a_changed_file_replaces_its_part_only(lake: Lake, clone: Path) -> None:
    import_here(lake, clone)
    before, specs = lakes.tables(Path(lake.location)), set(bodies(lake))
    write_json(clone / COUNTS.format("a", "cc3m", "lemmatized"), {"cat": 7, "owl": 0})
    _, written = import_here(lake, clone)
    assert written and len(set(bodies(lake)) & specs) == 3 and len(bodies(lake)) == 4
    after = lakes.tables(Path(lake.location))
    assert after["evaluations"] == before["evaluations"]
    assert len(set(after["concept_counts"]) & set(before["concept_counts"])) == 4
    of_cc3m = [row for row in lake.rows("concept_counts", corpus="cc3m")]
    assert sorted((row["list"], row["concept"], row["frequency"]) for row in of_cc3m) == [
        ("a", "cat", 7), ("a", "owl", 0), ("b", "dog", 5), ("b", "fox", 1),
    ]  # fmt: skip
    assert {row["concept"]: row["lists"] for row in lake.rows("concepts")} == {
        "cat": ["a"], "dog": ["b"], "fox": ["a", "b"], "owl": ["a"],
    }  # fmt: skip
    versions = lakes.versions(Path(lake.location))
    write_json(clone / "zero_shot_evaluations/a_class_results.json", {"m": {"classwise": {"cat": 11.0}}})
    import_here(lake, clone)
    assert {row["prompt"]: row["value"] for row in lake.rows("evaluations")} == {"class": 11.0, "simple": 10.0}
    assert lakes.versions(Path(lake.location))["concept_counts"] == versions["concept_counts"]


def test_a_file_that_broke_takes_its_rows_away(lake: Lake, clone: Path) -> None:
    import_here(lake, clone)
    (clone / "zero_shot_evaluations/a_class_results.json").write_text("")
    for corpus in ("cc3m", "cc12m"):
        (clone / COUNTS.format("b", corpus, "lemmatized")).write_text("{")
    found, _ = import_here(lake, clone)
    assert len(found.problems) == 3 and found.files == {"search_counts": 2, "zero_shot": 1}
    assert {row["prompt"] for row in lake.rows("evaluations")} == {"simple"}
    assert {row["list"] for row in lake.rows("concept_counts")} == {"a"}
    assert {row["concept"]: row["lists"] for row in lake.rows("concepts")} == {"cat": ["a"], "fox": ["a"]}
    assert len(bodies(lake)) == 3
    assert not import_here(lake, clone)[1]


@pytest.mark.parametrize("gone", [["a", "b"], ["a"]], ids=["both sets", "one of two sets"])
def test_a_part_of_a_clone_leaves_the_rest(lake: Lake, clone: Path, gone: list[str]) -> None:
    import_here(lake, clone)
    before = lakes.tables(Path(lake.location))
    shutil.rmtree(clone / "zero_shot_evaluations")
    for name in gone:
        (clone / COUNTS.format(name, "cc12m", "lemmatized")).unlink()
    assert not import_here(lake, clone)[1]
    assert lakes.tables(Path(lake.location)) == before


def test_what_stays_of_a_part_moves_to_its_new_spec(lake: Lake, clone: Path, tmp_path: Path) -> None:
    import_here(lake, clone)
    write_json(tmp_path / "other" / COUNTS.format("a", "cc3m", "lemmatized"), {"owl": 9})
    (tmp_path / "other" / COUNTS.format("b", "cc12m", "lemmatized")).write_text("{")
    assert import_here(lake, tmp_path / "other")[1] and not import_here(lake, tmp_path / "other")[1]
    rows = {(row["corpus"], row["list"], row["concept"]): row for row in lake.rows("concept_counts")}
    assert {key: row["frequency"] for key, row in rows.items()} == {
        ("cc3m", "a", "owl"): 9, ("cc3m", "b", "dog"): 5, ("cc3m", "b", "fox"): 1,
        ("cc12m", "a", "cat"): 5, ("cc12m", "a", "fox"): 1,
    }  # fmt: skip
    kept = bodies(lake)[rows["cc3m", "b", "dog"]["spec"]]["files"]
    assert set(kept) == {"a", "b"} and len(bodies(lake)) == 4
    data = (clone / COUNTS.format("b", "cc3m", "lemmatized")).read_bytes()
    assert kept["b"]["sha256"] == hashlib.sha256(data).hexdigest()


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
def test_the_order_of_folders_does_not_matter(lake: Lake, clone: Path, tmp_path: Path, order: tuple[int, ...]) -> None:
    write_json(clone / "search_counts/coco_cc3m_lemmatized_search_counts.json", {"fox": 4})
    write_json(clone / "retrieval_evaluations/coco_i2t_k=5_results.json", {"m": {"conceptwise": {"fox": 0.5}}})
    shutil.copytree(lake.location, tmp_path / "at once" / "lake")
    files = sorted(path for path in clone.rglob("*.json"))
    for at in order:
        for file in files[at::3]:
            target = tmp_path / str(at) / file.relative_to(clone)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(file, target)
        import_here(lake, tmp_path / str(at))
    at_once = Lake(None, str(tmp_path / "at once" / "lake"))
    import_here(at_once, clone)
    lakes.assert_equal(Path(lake.location), Path(at_once.location))
    assert not import_here(lake, clone)[1]


def test_raw_then_everything_then_retrieval_is_everything(lake: Lake, paper: Path, tmp_path: Path) -> None:
    clone = write_clone(paper, tmp_path / "clone")
    shutil.copytree(lake.location, tmp_path / "at once" / "lake")
    only = tmp_path / "retrieval" / "search_counts"
    only.mkdir(parents=True)
    for name in ("coco", "flickr"):
        for file in clone.rglob(f"{name}_*_search_counts.json"):
            shutil.copy(file, only)
    for folder in (paper / "raw", clone, only.parent):
        import_here(lake, folder)
    at_once = Lake(None, str(tmp_path / "at once" / "lake"))
    import_here(at_once, clone)
    lakes.assert_equal(Path(lake.location), Path(at_once.location))


@pytest.mark.parametrize("then", ["another version", "back to the first"])
@pytest.mark.parametrize("killed_after", ["specs", "concept_counts", "evaluations", "concepts"])
def test_an_import_that_was_killed_is_completed(
    lake: Lake, clone: Path, tmp_path: Path, killed_after: str, then: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(lake.location, tmp_path / "straight" / "lake")
    shutil.copytree(clone, tmp_path / "first")
    import_here(lake, clone)
    write_json(clone / COUNTS.format("a", "cc3m", "lemmatized"), {"cat": 7, "owl": 0})
    write_json(clone / "zero_shot_evaluations/a_class_results.json", {"m": {"classwise": {"cat": 12.0}}})
    table_is_written = kill_after(killed_after, monkeypatch)
    with pytest.raises(KeyboardInterrupt):
        import_here(lake, clone)
    monkeypatch.undo()
    assert table_is_written
    if then == "another version":
        write_json(clone / COUNTS.format("b", "cc3m", "lemmatized"), {"dog": 8})
    else:
        shutil.rmtree(clone)
        shutil.copytree(tmp_path / "first", clone)
    assert import_here(lake, clone)[1]
    straight = Lake(None, str(tmp_path / "straight" / "lake"))
    import_here(straight, clone)
    lakes.assert_equal(Path(lake.location), Path(straight.location))


def kill_after(table: str, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Raise KeyboardInterrupt when `table` was written; the tables written until then."""
    written: list[str] = []
    for method in ("replace_arrow", "replace_rows"):
        original = getattr(Lake, method)

        def then_stop(self: Lake, name: str, *rest: Any, original: Any = original) -> None:
            original(self, name, *rest)
            written.append(name)
            if name == table:
                raise KeyboardInterrupt

        monkeypatch.setattr(Lake, method, then_stop)
    return written


def test_own_lists_and_what_count_found_out_stay(lake: Lake, clone: Path, tmp_path: Path) -> None:
    own = [{"concept": "cat", "lists": ["a", "mine"], "terms": [["cat"]], "unanswerable": None}]
    own += [{"concept": "elk", "lists": ["a"], "terms": [["elk"]], "unanswerable": None}]
    lake.replace_rows("concepts", {}, own)
    (tmp_path / "own.txt").write_text("cat\nelk\n")
    import_here(lake, clone, concepts=[{"name": "a", "file": str(tmp_path / "own.txt")}])
    rows = {row["concept"]: (row["lists"], row["terms"]) for row in lake.rows("concepts")}
    assert rows == {
        "cat": (["a", "mine"], [["cat"]]), "dog": (["b"], None), "elk": (["a"], [["elk"]]), "fox": (["a", "b"], None),
    }  # fmt: skip


def test_two_imports_do_not_meet(lake: Lake, clone: Path) -> None:
    with Lease(lake, "*", "published", 60).hold(), pytest.raises(LeaseHeld, match="stage published"):
        import_here(lake, clone)
    assert lake.rows("concept_counts") == []


@pytest.fixture
def lake_elsewhere(spark: SparkSession, tmp_path: Path) -> Iterator[Lake]:
    """A lake that is no local folder by its URI: Hadoop's view of one, so that Spark does what it does in a bucket."""
    (tmp_path / "elsewhere").mkdir()
    link = "fs.viewfs.mounttable.tests.link./lake"
    spark.conf.set(link, (tmp_path / "elsewhere").as_uri())
    yield Lake(spark, "viewfs://tests/lake")
    spark.conf.unset(link)


@pytest.mark.long
def test_a_lake_that_is_no_local_folder_gets_the_same_rows(lake_elsewhere: Lake, lake: Lake, clone: Path) -> None:
    for changed in (False, True):
        if changed:
            write_json(clone / COUNTS.format("a", "cc3m", "lemmatized"), {"cat": 7, "owl": 0})
        assert import_here(lake_elsewhere, clone)[1] and not import_here(lake_elsewhere, clone)[1]
        import_here(lake, clone)
        for name in ("concept_counts", "evaluations", "concepts"):
            assert sorted(map(repr, lake_elsewhere.rows(name))) == sorted(map(repr, lake.rows(name)))
