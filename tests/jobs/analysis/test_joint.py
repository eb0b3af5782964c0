"""Two searches at once, in worlds whose slopes are planted, and against statsmodels."""

from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm
from statsmodels.sandbox.regression.gmm import IV2SLS

from jobs.analysis.cluster_robust import around_set_means
from jobs.analysis.instruments import instrumented_slope
from jobs.analysis.joint import COLUMNS, joint_slopes
from jobs.analysis.slopes import SLOPE, pooled_line, slope_within_sets
from jobs.analysis.within_sets import fit_around_means, slope_of


def searches(sets: int = 12, size: int = 80, errors: float = 0.0, seed: int = 0) -> dict[str, np.ndarray]:
    """Two related frequencies with slopes 4 and 2 in sets of their own level; or one, measured twice, with slope 6."""
    random = np.random.default_rng(seed)
    set_of = np.repeat(np.arange(sets), size)
    level = random.normal(size=sets)[set_of]
    if errors:
        true = 3 + level + random.normal(size=set_of.size)
        text, image = (true + errors * random.normal(size=true.size) for _ in range(2))
        y = 6 * true
    else:
        text = 3 + level + random.normal(size=set_of.size)
        image = 0.4 * text + random.normal(size=text.size)
        y = 4 * text + 2 * image
    y = y - 9 * level + 2 * random.normal(size=y.size)
    return {"text": text, "image": image, "y": y, "set_of": set_of, "name_of": np.arange(y.size)}


def joined(world: dict[str, np.ndarray]):
    names, sets = [f"c{at}" for at in world["name_of"]], [f"s{one:03d}" for one in world["set_of"]]
    return joint_slopes(names, sets, 10 ** world["text"], 10 ** world["image"], world["y"], 1e-9)


@pytest.mark.parametrize("sets", [1, 12])
def test_planted_slopes_are_recovered(sets: int) -> None:
    world = searches(sets, 960 // sets)
    found = joined(world)
    for of, true in ((found.text, 4), (found.image, 2)):
        assert of.given_other.low < true < of.given_other.high and of.given_other.high - of.given_other.low < 1
    ones = [(world["set_of"] == one).astype(float) for one in range(sets)]
    whole = sm.OLS(world["y"], np.column_stack([world["text"], world["image"], *ones])).fit()
    assert [found.text.given_other.value, found.image.given_other.value] == pytest.approx(whole.params[:2])
    for of, kept in ((found.text, "image"), (found.image, "text")):
        less = sm.OLS(world["y"], np.column_stack([world[kept], *ones])).fit()
        assert of.partial_r2 == pytest.approx(1 - whole.ssr / less.ssr)


@pytest.mark.parametrize("sets", [1, 12])
def test_one_column_is_the_slope_of_the_law(sets: int) -> None:
    world = searches(sets)
    x, y = (around_set_means(world[name], world["set_of"]) for name in ("text", "y"))
    found = slope_of(fit_around_means(x[None], y, world["set_of"], world["name_of"]), 0)
    if sets == 1:
        law = pooled_line(world["text"], world["y"], world["name_of"]).estimate(SLOPE)
    else:
        law = slope_within_sets(world["text"], world["y"], world["set_of"])
    assert [found.low, found.value, found.high] == pytest.approx([law.low, law.value, law.high])


def test_an_instrument_undoes_what_errors_flatten() -> None:
    found = joined(searches(sets=12, size=200, errors=0.8))
    for of in (found.text, found.image):
        assert of.alone.high < 5 < of.instrumented.slope.low < 6 < of.instrumented.slope.high < 7
        assert of.instrumented.first_stage > 100 and of.instrumented.refusal is None


def test_the_slope_is_that_of_two_stage_least_squares() -> None:
    world = searches(errors=0.8)
    x, z, y = (around_set_means(world[name], world["set_of"]) for name in ("text", "image", "y"))
    found = instrumented_slope(x, z, y, world["set_of"], world["name_of"])
    assert found.slope.value == pytest.approx(IV2SLS(y, x[:, None], z[:, None]).fit().params[0])


def test_at_the_ends_the_instrument_begins_to_tell_something() -> None:
    world = searches(errors=0.8)
    set_of, name_of = world["set_of"], world["name_of"]
    x, z, y = (around_set_means(world[name], set_of) for name in ("text", "image", "y"))
    slope = instrumented_slope(x, z, y, set_of, name_of).slope
    reduced = fit_around_means(z[None], y, set_of, name_of)
    for end in (slope.low, slope.high):
        rest = fit_around_means(z[None], y - end * x, set_of, name_of)
        error = np.sqrt((rest.terms(np.ones(1)) ** 2).sum())
        assert abs(rest.coefficients[0]) == pytest.approx(reduced.quantile(np.ones(1)) * error)


def test_a_weak_instrument_is_refused() -> None:
    world = searches(seed=1)
    unrelated = np.random.default_rng(2).normal(3, 1, world["y"].size)
    found = joined({**world, "image": unrelated})
    assert found.text.instrumented.slope is None and found.text.instrumented.first_stage < 10
    refusals = [found.text.instrumented.refusal, found.image.instrumented.refusal]
    assert all("the instrument is weak" in said or "do not grow with one another" in said for said in refusals)


def test_few_sets_have_slopes_and_no_intervals() -> None:
    found = joined(searches(sets=2, size=50))
    assert found.text.given_other.low is None and found.text.given_other.value == pytest.approx(4, abs=1)
    assert [tuple(row) for row in found.rows] == [COLUMNS, COLUMNS]
    assert found.verdict.startswith("Text after image: +") and "Image after text: +" in found.verdict


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"image": lambda world: world["text"]}, "correlate by 1.000 within sets: they cannot be told apart"),
        ({"image": lambda world: 0 * world["text"]}, "the image frequency of the 960 concepts varies in no set"),
        ({"text": lambda world: world["set_of"] + 1.0}, "the text frequency of the 960 concepts varies in no set"),
        ({"y": lambda world: 0 * world["y"]}, "the score of the 960 concepts varies in no set"),
    ],
)
def test_what_determines_no_joint_slope_is_refused(change: dict, reason: str) -> None:
    world = searches()
    with pytest.raises(ValueError, match=reason):
        joined({**world, **{name: made(world) for name, made in change.items()}})
    with pytest.raises(ValueError, match="0 concepts of 0 sets are too few"):
        joint_slopes([], [], [], [], [])


@pytest.mark.long
def test_intervals_hold_the_planted_slopes() -> None:
    held = []
    for seed in range(400):
        given = joined(searches(8, 60, seed=seed)).image.given_other
        by_text = joined(searches(8, 60, 0.8, seed)).text.instrumented.slope
        held.append((given.low <= 2 <= given.high, by_text is not None and by_text.low <= 6 <= by_text.high))
    assert np.all(np.mean(held, axis=0) > 0.92)
