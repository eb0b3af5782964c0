"""Which definition predicts best: values against least squares by hand, and verdicts on scores with a known cause."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import spearmanr

from jobs.analysis.definitions.compared import COLUMNS, ComparedDefinitions
from jobs.analysis.definitions.comparison import compare_definitions
from jobs.analysis.definitions.definition import FrequencyDefinition, counted, with_presence
from jobs.analysis.joint import joint_slopes

N, SETS = 1_200, 20
NAMES = [f"concept {number}" for number in range(N)]
SET_OF = [f"set {number % SETS}" for number in range(N)]
RANDOM = np.random.default_rng(3)
TRUE = RANDOM.uniform(1, 5, N)
SCORE = 0.1 * TRUE + 0.1 * RANDOM.normal(size=N) + 0.3 * (np.arange(N) % SETS)


def samples(noise: float, seed: int) -> np.ndarray:
    return np.floor(10 ** (TRUE + noise * np.random.default_rng(seed).normal(size=N)))


def compared(**frequencies: np.ndarray) -> ComparedDefinitions:
    definitions = [counted(name, values) for name, values in frequencies.items()]
    return compare_definitions(NAMES, SET_OF, definitions, SCORE)


def test_the_slope_of_each_is_that_of_the_law_by_it_alone() -> None:
    text, image = samples(0.5, 1), samples(1.0, 2)
    both = joint_slopes(NAMES, SET_OF, text, image, SCORE, of=("text", "theirs"))
    found = compare_definitions(NAMES, SET_OF, [counted("text", text), counted("theirs", image)], SCORE).found
    assert [one.slope for one in found] == [both.text.alone, both.image.alone]
    assert [row["of"] for row in both.rows] == ["text", "theirs"]
    assert both.verdict.startswith("Text after theirs: ") and " Theirs after text: " in both.verdict


def test_values_are_those_of_least_squares_with_dummies() -> None:
    text, both = samples(0.5, 1), np.floor(samples(0.5, 1) * 0.3)
    found = compare_definitions(NAMES, SET_OF, [counted("text", text), with_presence("pair", text, both)], SCORE)
    set_of = np.arange(N) % SETS
    dummies = np.eye(SETS)[set_of]
    around = SCORE - dummies @ (dummies.T @ SCORE / dummies.sum(0))
    for one in found.found:
        design = np.hstack([dummies, one.definition.columns.T])
        left = SCORE - design @ np.linalg.lstsq(design, SCORE)[0]
        assert one.r2 == pytest.approx(1 - left @ left / (around @ around))
    ranks = [spearmanr(text[set_of == one], SCORE[set_of == one]).statistic for one in range(SETS)]
    assert found.found[0].spearman == pytest.approx(np.mean(ranks))
    assert (found.concepts, found.sets) == (N, SETS)


def test_the_definition_with_the_least_noise_is_told_apart() -> None:
    found = compared(rough=samples(1.5, 1), fine=samples(0.1, 2), rougher=samples(3.0, 3))
    assert found.best.definition.name == "fine" and found.best.behind_concepts is None
    assert found.rivals_over_concepts == found.rivals_over_sets == ()
    assert found.verdict == "Over concepts of these sets fine predicts best; over other sets fine predicts best."
    rows = list(found.rows)
    assert [tuple(row) for row in rows] == [COLUMNS] * 3
    assert [row["best"] for row in rows] == [False, True, False]
    assert rows[0]["behind_over_concepts"] == pytest.approx(
        rows[1]["r2_held_out_concepts"] - rows[0]["r2_held_out_concepts"]  # type: ignore[operator]
    )
    assert rows[2]["behind_over_sets"] == pytest.approx(
        rows[1]["r2_held_out_sets"] - rows[2]["r2_held_out_sets"]  # type: ignore[operator]
    )


def test_definitions_of_equal_noise_are_not_told_apart() -> None:
    found = compared(one=samples(1.0, 1), other=samples(1.0, 2))
    verdict = (
        "Over concepts of these sets the data do not tell them apart; over other sets the data do not tell them apart."
    )
    assert found.verdict == verdict


def test_false_zeros_are_the_whole_lag_of_a_definition_that_is_right_elsewhere() -> None:
    right = samples(0.1, 1)
    wrong = np.where(np.random.default_rng(9).random(N) < 0.15, 0, right)
    found = compared(right=right, wrong=wrong).found[1]
    assert found.zeros == (wrong == 0).sum() and found.due_to_zeros is not None
    # The line through false zeros is flatter, so that a part of the lag lies elsewhere.
    assert 0.4 < found.due_to_zeros < 1.0
    without = compared(right=right, rough=samples(1.5, 3) + 1).found[1]
    assert without.zeros == 0 and without.due_to_zeros == 0


def test_one_set_says_nothing_of_others() -> None:
    definitions = [counted("fine", samples(0.1, 2)), counted("rough", samples(2.0, 3))]
    found = compare_definitions(NAMES, ["one"] * N, definitions, TRUE)
    assert found.found[1].r2_sets is None and found.found[1].behind_sets is None
    assert found.verdict == "Over concepts fine predicts best; one set says nothing of others."


def test_refusals() -> None:
    two = [counted("a", samples(0.1, 1)), counted("b", samples(0.1, 2))]
    with pytest.raises(ValueError, match="no two definitions"):
        compare_definitions(NAMES, SET_OF, two[:1], SCORE)
    few = [FrequencyDefinition(one.name, one.columns[:, :30], one.zero[:30]) for one in two]
    with pytest.raises(ValueError, match="have 30 concepts of 20 sets in common, too few"):
        compare_definitions(NAMES[:30], SET_OF[:30], few, SCORE[:30])
    with pytest.raises(ValueError, match="the b of the 1200 concepts varies in no set"):
        compare_definitions(NAMES, SET_OF, [two[0], counted("b", np.full(N, 7))], SCORE)


def test_concepts_of_equal_counts_share_their_rank() -> None:
    text = np.where(np.arange(N) % 3 == 0, samples(0.5, 1), 0)
    both = np.where(text > 0, text // 3, 0)
    definitions = [counted("text", text), with_presence("pair", text, both)]
    found = compare_definitions(NAMES, SET_OF, definitions, SCORE).found[1]
    set_of = np.arange(N) % SETS
    design = np.hstack([np.eye(SETS)[set_of], definitions[1].columns.T])
    fitted = (definitions[1].columns.T @ np.linalg.lstsq(design, SCORE)[0][SETS:]).round(9)
    ranks = [spearmanr(fitted[set_of == one], SCORE[set_of == one]).statistic for one in range(SETS)]
    assert found.spearman == pytest.approx(np.mean(ranks))
