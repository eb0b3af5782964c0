"""Labels of a corpus whose truth is known: by brute force if all are labelled, and by intervals if some are."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from seen_lakes import NAMES, THRESHOLDS, SeenLake, seen_lake

from jobs.analysis.protocol import Protocol
from jobs.results.fits.fitted import FitInput
from jobs.results.labels.asked_pairs import PairCells, ask_pairs, count_cells
from jobs.results.labels.corrected_frequencies import corrected_laws, corrected_rows
from jobs.results.labels.drawn_pairs import DrawnPair, design, draw_pairs
from jobs.results.labels.hit_rates import concept_rows, hit_rows
from jobs.results.labels.label_file import Label
from jobs.results.labels.labelled_cells import LabelledCells, in_cells
from jobs.results.labels.strata import NAME_OF_NOTHING

SLOPE = 0.3


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> SeenLake:
    return seen_lake(tmp_path_factory.mktemp("seen"))


@pytest.fixture(scope="module")
def cells(lake: SeenLake) -> PairCells:
    return count_cells(lake.context, ask_pairs(lake.context, lake.context.settings.corpora[0], "image"))


def labelled(lake: SeenLake, cells: PairCells, pairs: int, seed: int = 0) -> LabelledCells:
    """About so many labels of the truth."""
    drawn = draw_pairs(lake.context, design(cells, pairs), seed)
    return in_cells(cells, [label(lake, one) for one in drawn])


def label(lake: SeenLake, drawn: DrawnPair) -> Label:
    row = drawn.row
    shown = lake.shown[int(row["shard"].split(".")[0]), row["ordinal"]]
    names = [name for name in Label._fields if name != "said"]
    return Label(**{name: row[name] for name in names}, said="yes" if row["concept"] in shown else "no")


def by_hand(lake: SeenLake, search: str, threshold: float | None) -> tuple[int, int, int]:
    """The pairs that a search finds, the right ones among them, and all right ones."""
    found = lake.found_by(search, threshold)
    right = sum(len(names & lake.shown[place]) for place, names in found.items())
    return sum(map(len, found.values())), right, sum(map(len, lake.shown.values()))


def test_cells_hold_what_searches_find(lake: SeenLake, cells: PairCells) -> None:
    assert cells.samples == len(lake.shown) and cells.asked.names == tuple(sorted(NAMES))
    for search, threshold in cells.asked.searches:
        found = np.array([one.found_by(search, threshold) for one in cells.strata])
        assert cells.pairs[:, found].sum() == by_hand(lake, search, threshold)[0]
    assert cells.unfound == len(NAMES) * cells.samples - cells.pairs.sum() > 0


def test_all_labels_give_exact_numbers(lake: SeenLake, cells: PairCells) -> None:
    every = labelled(lake, cells, 10**9)
    for row in hit_rows(every):
        if row["search"]:
            found, right, _ = by_hand(lake, row["search"], row["threshold"])
            exact = (right / found,) * 3
            assert (row["pairs"], row["right"]) == (found, right)
            assert [row[f"precision{end}"] for end in ("", "_low", "_high")] == pytest.approx(exact)
    reached = dict.fromkeys(NAMES, 0)
    for place, names in lake.shown.items():
        for name in names & (lake.named[place] | lake.scores[place].keys()):
            reached[name] += 1
    for row in corrected_rows(every):
        assert (row["corrected"], row["corrected_low"], row["corrected_high"]) == (reached[row["concept"]],) * 3
    rows = {row["concept"]: row for row in concept_rows(every) if row["threshold"] == 0.3 and row["search"] == "image"}
    found = lake.found_by("image", 0.3)
    for name in NAMES:
        hits = [place for place, names in found.items() if name in names]
        right = sum(name in lake.shown[place] for place in hits)
        assert rows[name]["found"] == len(hits) and rows[name]["right"] == right
        assert rows[name]["precision"] == (pytest.approx(right / len(hits)) if hits else None)


def test_some_labels_give_intervals_that_hold(lake: SeenLake, cells: PairCells) -> None:
    held = list[bool]()
    for seed in range(6):
        some = labelled(lake, cells, 1_000, seed)
        assert 850 < some.counts[0].sum() + len(some.nothing) < 1_100
        for row in (one for one in hit_rows(some) if one["search"]):
            found, right, whole = by_hand(lake, row["search"], row["threshold"])
            held.append(row["precision_low"] <= right / found <= row["precision_high"])
            held.append(row["recall_low"] <= right / whole <= row["recall_high"])
            assert row["recall_in_reach"] == pytest.approx(right / whole, abs=0.06)
        names = {one.name for one in cells.strata}
        assert {row["stratum"] for row in hit_rows(some) if row["stratum"]} == {*names, NAME_OF_NOTHING}
    assert len(held) == 60 and np.mean(held) >= 0.95


def fit_of(lake: SeenLake, frequency: Sequence[int]) -> FitInput:
    """Scores that follow the true frequencies, paired with these."""
    true = np.log10([lake.frequency(name) for name in NAMES])
    score = 0.05 + SLOPE * true + np.random.default_rng(5).normal(0, 0.05, len(NAMES))
    return FitInput(
        corpus="tiny",
        search="image",
        threshold=THRESHOLDS[0],
        sets=("one",),
        model="m",
        prompt="class",
        metric="accuracy",
        protocol=Protocol("plain"),
        names=tuple(NAMES),
        set_of=("one",) * len(NAMES),
        frequency=tuple(frequency),
        score=tuple(score.tolist()),
        images=(None,) * len(NAMES),
    )


@pytest.mark.parametrize("seed", [0, 1])
def test_the_law_comes_back(lake: SeenLake, cells: PairCells, seed: int) -> None:
    found = lake.found_by("image", THRESHOLDS[0])
    counts = [sum(name in names for names in found.values()) for name in NAMES]
    some = labelled(lake, cells, 1_500, seed)
    (law,) = corrected_laws(some, [fit_of(lake, counts)])
    assert law.slope.low is not None and law.slope.low > SLOPE, "what a search finds distorts it"
    low, high = law.corrected.low, law.corrected.high
    assert low is not None and high is not None and low < SLOPE < high
    assert law.row["corrected_slope"] == pytest.approx(SLOPE, abs=0.04) and law.row["concepts"] == len(NAMES)


def test_too_few_judged_concepts_are_told(lake: SeenLake, cells: PairCells, caplog: pytest.LogCaptureFixture) -> None:
    item = fit_of(lake, [1] * len(NAMES))
    few = FitInput(**{**vars(item), "names": tuple(f"other {name}" for name in NAMES)})
    assert not list(corrected_laws(labelled(lake, cells, 200), [few]))
    assert "not corrected: 0 of its concepts are judged" in caplog.text


def test_a_threshold_suits_its_concept(lake: SeenLake, cells: PairCells) -> None:
    some = labelled(lake, cells, 1_500)
    rows = {row["concept"]: row for row in corrected_rows(some)}
    assert {row["threshold"] for row in rows.values()} <= set(cells.asked.edges)
    # The first names are confused with most images, the last ones with few.
    confused, clear = ([rows[name]["threshold"] for name in names] for names in (NAMES[5:25], NAMES[-20:]))
    assert np.mean(confused) > np.mean(clear)
    strict = [row for row in corrected_rows(some, 0.9) if row["threshold"] is not None]
    assert strict and all(row["precision"] >= 0.9 for row in strict)
