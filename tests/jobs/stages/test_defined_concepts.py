"""Concepts of several names, through the count and every command that asks for them, against plain sets."""

from __future__ import annotations

import csv
import io
import random
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import tiny
import yaml
from postings_of import store_postings

from jobs.cli import main
from jobs.core import reading
from jobs.core.context import Context
from jobs.lake.lake import Lake
from jobs.lake.tables import SCHEMA_VERSION
from jobs.results.counts.frequencies import frequencies, misalignment
from jobs.results.lookup import look_up
from jobs.results.samples.cooccurrence import PairQuestion, cooccurrences
from jobs.results.samples.holders import find_holders
from jobs.results.samples.parts import count_parts
from jobs.settings.settings import Search, Settings
from jobs.stages.registry import plans

GOLDEN = Path(__file__).resolve().parents[2] / "golden"
IMAGES = {"tagger": {**tiny.TAGGER, "threshold": [0.3, 0.5]}, "batch_size": 4}
LIST = """\
- {concept: tiger, any: [lion, kitten], none: [tabby]}
- {concept: lynx, all: [leopard]}
- {concept: cat, any: [tabby], roll_up: true}
- {concept: cougar, parent: cat, none: [lion]}
- {concept: leopard, all: [kitten]}
- lion
"""
# Alternatives, required and excluded names, and the concepts below.
DEFINED: dict[str, tuple[set[str], set[str], set[str], tuple[str, ...]]] = {
    "tiger": ({"tiger", "lion", "kitten"}, set(), {"tabby"}, ()),
    "lynx": ({"lynx"}, {"leopard"}, set(), ()),
    "cat": ({"cat", "tabby"}, set(), set(), ("cougar",)),
    "cougar": ({"cougar"}, set(), {"lion"}, ()),
    "leopard": ({"leopard"}, {"kitten"}, set(), ()),
    "lion": ({"lion"}, set(), set(), ()),
}
NAMES = ("tiger", "lion", "kitten", "tabby", "lynx", "leopard", "cat", "cougar")
# The tagger has no label `cat` and none `kitten`.
LABELS = ("tiger", "lion", "tabby", "lynx", "leopard", "cougar")
UNSEEN = "the tagger has no label of this name"

Samples = dict[tuple[int, int], Any]


def draw(seed: int) -> tuple[Samples, Samples]:
    """What the captions and images of the kept lake hold, by shard and ordinal; one sample has no usable caption."""
    drawn = random.Random(seed)
    places = [(shard, ordinal) for shard in range(3) for ordinal in range(3)]
    words = {place: set(drawn.sample(NAMES, 3)) for place in places if place != (2, 2)}
    labels = {place: {name: drawn.choice([0.2, 0.4, 0.7]) for name in drawn.sample(LABELS, 3)} for place in places}
    return words, labels


def holds(names: set[str], concept: str) -> bool:
    """The definition of docs/definitions.md, word for word."""
    alternatives, required, excluded, below = DEFINED[concept]
    own = bool(names & alternatives) and required <= names and not names & excluded
    return own or any(holds(names, child) for child in below)


class Truth:
    """The samples that hold each concept, by plain sets."""

    def __init__(self, words: Samples, labels: Samples) -> None:
        self.words, self.labels = words, labels

    def held(self, concept: str, search: str, threshold: float | None) -> set[tuple[int, int]]:
        said = {place for place, names in self.words.items() if holds(names, concept)}
        if search == "text":
            return said
        above = {
            place: {name for name, score in held.items() if score > threshold} for place, held in self.labels.items()
        }
        seen = {place for place, names in above.items() if holds(names, concept)}
        return seen if search == "image" else said & seen

    def misaligned(self, threshold: float) -> int:
        said, seen, both = (
            {place: {one for one in DEFINED if place in self.held(one, search, threshold)} for place in self.labels}
            for search in ("text", "image", "integrated")
        )
        return sum(bool(said[place] and seen[place] and not both[place]) for place in self.words)


def conditions() -> Iterator[tuple[Search, float | None]]:
    yield "text", None
    for threshold in (0.3, 0.5):
        yield "image", threshold
        yield "integrated", threshold


@pytest.fixture(scope="module")
def counted(spark: Any, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Truth]:
    """The kept lake with drawn postings, and its counts."""
    folder = tmp_path_factory.mktemp("defined")
    with zipfile.ZipFile(GOLDEN / f"lake-{SCHEMA_VERSION}.zip") as archive:
        archive.extractall(folder / "lake")
    (folder / "concepts.yaml").write_text(LIST)
    lake, truth = Lake(None, str(folder / "lake")), Truth(*draw(5))
    store_postings(lake, truth.words, truth.labels)
    tiny.run_here(spark, settings_of(folder), ["count"])
    return folder, truth


def settings_of(folder: Path) -> dict[str, Any]:
    concepts = [{"name": "cats", "file": str(folder / "concepts.yaml")}]
    return tiny.settings_dict(folder, images=IMAGES, concepts=concepts)


def looking(folder: Path, lake: Lake | None = None) -> Context:
    settings = Settings.model_validate(settings_of(folder))
    return Context.looking(settings, lake or Lake(None, settings.lake), "test")


def test_every_search_counts_what_plain_sets_hold(counted: tuple[Path, Truth]) -> None:
    folder, truth = counted
    context = looking(folder)
    for search, threshold in conditions():
        rows = frequencies(context, context.settings.corpora[0], search)
        found = {row.concept: row for row in rows if row.threshold == threshold}
        assert found.keys() == DEFINED.keys()
        for concept, row in found.items():
            if concept == "leopard" and search != "text":
                assert (row.frequency, row.unanswerable) == (None, f"'kitten' is required: {UNSEEN}")
            else:
                assert row.frequency == len(truth.held(concept, search, threshold)), (search, threshold, concept)
    rows = misalignment(context, context.settings.corpora[0])
    assert {row.threshold: row.misaligned for row in rows} == {one: truth.misaligned(one) for one in (0.3, 0.5)}
    assert any(row.misaligned for row in rows)


def test_samples_and_pairs_are_those_that_are_counted(counted: tuple[Path, Truth]) -> None:
    folder, truth = counted
    context = looking(folder)
    corpus = context.settings.corpora[0]
    for search, threshold in conditions():
        answered = [one for one in DEFINED if search == "text" or one != "leopard"]
        for concept in answered:
            holders = find_holders(context, corpus, concept, search, threshold)
            places = set(zip((int(holders.shards[one][:5]) for one in holders.shard), holders.ordinal, strict=True))
            assert places == truth.held(concept, search, threshold)
            if threshold is not None and concept == "tiger":
                numbers = zip((int(holders.shards[one][:5]) for one in holders.shard), holders.ordinal, strict=True)
                labels = (truth.labels[place] for place in numbers)
                assert holders.scores is not None
                best = [max(each[name] for name in ("tiger", "lion") if name in each) for each in labels]
                assert holders.scores.tolist() == pytest.approx(best)
        pairs = cooccurrences(context, corpus, PairQuestion(search, threshold))
        assert pairs.concepts == tuple(sorted(answered))
        assert pairs.frequencies.tolist() == [len(truth.held(one, search, threshold)) for one in pairs.concepts]
        for first, second, samples in zip(pairs.first, pairs.second, pairs.pairs, strict=True):
            both = (truth.held(pairs.concepts[one], search, threshold) for one in (first, second))
            assert samples == len(set.intersection(*both))


@pytest.mark.parametrize("by_spark", [False, True])
def test_parts_are_counted_the_same_by_the_driver_and_by_spark(
    spark: Any, counted: tuple[Path, Truth], monkeypatch: pytest.MonkeyPatch, by_spark: bool
) -> None:
    folder, truth = counted
    if by_spark:
        monkeypatch.setattr(reading, "SAMPLES_HERE", -1)
    context = looking(folder, Lake(spark, str(folder / "lake")) if by_spark else None)
    rows = count_parts(context, context.settings.corpora[0], "text", None, None).to_pylist()
    said = {name: {place for place, names in truth.words.items() if name in names} for name in NAMES}
    union, tabby = said["tiger"] | said["lion"] | said["kitten"], said["tabby"]
    found = {(row["concept"], row["part"], row["name"]): row["frequency"] for row in rows}
    assert {key[1:]: number for key, number in found.items() if key[0] == "tiger"} == {
        ("name", "tiger"): len(said["tiger"]),
        ("alias", "lion"): len(said["lion"]),
        ("alias", "kitten"): len(said["kitten"]),
        ("union", None): len(union),
        ("excluded", "tabby"): len(union & tabby),
        ("concept", None): len(union - tabby),
    }
    assert found["lynx", "required", "leopard"] == len(said["lynx"] & said["leopard"])
    assert found["cat", "own", None] == len(said["cat"] | said["tabby"])
    assert found["cat", "below", "cougar"] == len(said["cougar"] - said["lion"])
    assert found["cat", "concept", None] == len(truth.held("cat", "text", None))
    assert {row["samples"] for row in rows} == {8} and not [row for row in rows if row["concept"] == "lion"]


def test_the_command_says_which_names_images_leave_out(
    counted: tuple[Path, Truth], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    folder, truth = counted
    config = tmp_path / "settings.yaml"
    config.write_text(yaml.safe_dump(settings_of(folder)))
    assert main(["counts", str(config), "--search", "image", "--parts", "--threshold", "0.3"]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    [kitten] = [row for row in rows if (row["concept"], row["name"]) == ("tiger", "kitten")]
    assert (kitten["frequency"], kitten["unanswerable"]) == ("", UNSEEN)
    [whole] = [row for row in rows if (row["concept"], row["part"]) == ("tiger", "concept")]
    assert int(whole["frequency"]) == len(truth.held("tiger", "image", 0.3))
    said = [str(row) for row in look_up(looking(folder), "tiger", terms=True)]
    asked = ", ".join(f"(captions with '{name}')" for name in ("tiger", "lion", "kitten"))
    assert said[0].endswith(f"asked for any of {asked}; none of (captions with 'tabby')")
    assert f"none of (images with the label 'tabby'); left out: 'kitten' ({UNSEEN})" in said[1]


def test_an_alias_more_is_counted_from_what_is_stored(
    spark: Any, counted: tuple[Path, Truth], caplog: pytest.LogCaptureFixture
) -> None:
    folder, truth = counted
    (folder / "concepts.yaml").write_text(LIST.replace("[lion, kitten]", "[lion, kitten, lynx]"))
    context = looking(folder)
    due = plans(context, context.settings.corpora[0], ["captions", "images", "index", "count"])
    assert {name: len(plan.pending) for name, plan in due.items()} == {
        "captions": 0, "images": 0, "index": 0, "count": 3,
    }  # fmt: skip
    tiny.run_here(spark, settings_of(folder), ["count"])
    assert f"image search leaves out 2 of 8 names of definitions: 'cat' ({UNSEEN}); 'kitten' ({UNSEEN})" in caplog.text
    context = looking(folder)
    found = {row.concept: row.frequency for row in frequencies(context, context.settings.corpora[0], "text")}
    more = {place for place, names in truth.words.items() if "lynx" in names and "tabby" not in names}
    assert found["tiger"] == len(truth.held("tiger", "text", None) | more)
    # Another list is counted beside it, and the lake still knows what these concepts are.
    settings = {
        **tiny.settings_dict(folder, images=IMAGES),
        "concepts": [{"name": "words", "file": str(folder / "w.txt")}],
    }
    (folder / "w.txt").write_text("tabby\n")
    tiny.run_here(spark, settings, ["count"])
    rows = Lake(None, str(folder / "lake")).rows("concept_counts", search="text", measure="concept")
    assert {row["concept"]: row["frequency"] for row in rows if row["spec"] == rows[0]["spec"]} == {
        **found, "tabby": len([names for names in truth.words.values() if "tabby" in names]),
    }  # fmt: skip
