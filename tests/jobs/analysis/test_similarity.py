"""The law beside similarity, in worlds whose slopes are planted."""

from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm

from jobs.analysis.similarity import COLUMNS, BesideSimilarity, band_rows, bands_of_images, beside_similarity


def world(of_frequency: float, of_similarity: float, sets: int = 10, size: int = 60, seed: int = 0) -> dict:
    """Scores by log10 of frequency and by similarity, which follows frequency, in sets of their own level."""
    random = np.random.default_rng(seed)
    set_of = np.repeat(np.arange(sets), size)
    level = random.normal(size=sets)[set_of]
    x = 3 + level + random.normal(size=set_of.size)
    similarity = 0.5 + 0.05 * (x + random.normal(size=x.size))
    y = of_frequency * x + of_similarity * similarity / 0.1 - 2 * level + random.normal(size=x.size)
    return {"x": x, "similarity": similarity, "y": y, "set_of": set_of}


def fitted(given: dict) -> BesideSimilarity:
    names, sets = [f"c{at}" for at in range(given["x"].size)], [f"s{one:02}" for one in given["set_of"]]
    return beside_similarity(names, sets, 10 ** given["x"], given["similarity"], given["y"], 1e-9)


@pytest.mark.parametrize("sets", [1, 10])
def test_planted_slopes_are_recovered(sets: int) -> None:
    given = world(4, 2, sets, 900 // sets)
    found = fitted(given)
    ones = [(given["set_of"] == one).astype(float) for one in range(sets)]
    plain = sm.OLS(given["y"], np.column_stack([given["x"], given["similarity"] / 0.1, *ones])).fit()
    both = found.given_similarity, found.similarity
    assert [one.value for one in both] == pytest.approx(plain.params[:2])
    for one, true in zip(both, (4, 2), strict=True):
        assert one.low < true < one.high
    assert found.alone.low > 4, "alone, frequency takes similarity along"
    assert found.verdict.endswith("So frequency tells something beyond similarity.")


def test_what_is_nearness_alone_goes_with_it() -> None:
    found = fitted(world(0, 3))
    assert found.alone.low > 0.5
    assert found.given_similarity.low < 0 < found.given_similarity.high and found.partial_r2 < 0.02
    assert found.similarity.low < 3 < found.similarity.high and found.similarity_partial_r2 > 0.5
    assert "the data do not say whether frequency tells anything beyond similarity" in found.verdict


def test_bands_are_equal_and_free_of_similarity_as_far_as_they_are_narrow() -> None:
    given = world(4, 2, size=300)
    found = fitted(given)
    assert [band.concepts for band in found.bands] == [1000] * 3
    assert found.bands[0].high < found.bands[1].low and found.bands[1].high < found.bands[2].low
    assert all(4 < band.slope.value < found.alone.value for band in found.bands)


def test_rows_have_their_columns_and_a_band_may_refuse() -> None:
    given = world(4, 2, sets=2, size=12)
    found = fitted(given)
    rows = list(found.rows)
    assert [tuple(row) for row in rows] == [COLUMNS] * 6
    assert rows[0]["correlation"] == found.correlation and rows[1]["partial_r2"] == found.partial_r2
    assert [row["note"] for row in rows[3:]] == ["8 concepts of 2 sets are too few: 14 are needed"] * 3
    assert rows[3]["slope"] is None and "cannot say, cannot say, cannot say" in found.verdict


def test_bands_of_images_compare_concepts_where_their_images_are_alike() -> None:
    random = np.random.default_rng(0)
    concepts, images = 300, 30
    x = np.repeat(random.uniform(0, 4, concepts), images)
    similarity = np.clip(0.3 + 0.1 * x + 0.1 * random.normal(size=x.size), -1, 1)
    # Whether an image is right hangs on its own nearness alone, and near images are those of frequent concepts.
    right = random.uniform(size=x.size) < np.clip((similarity - 0.2) / 0.6, 0, 1)
    names = np.repeat([f"c{at}" for at in range(concepts)], images)
    sets = np.repeat([f"s{at % 5}" for at in range(concepts)], images)
    bands = bands_of_images(names, sets, 10**x, similarity, right)
    means = [np.mean(values.reshape(concepts, images), axis=1) for values in (x, similarity, right)]
    alone = beside_similarity(names[::images], sets[::images], 10 ** means[0], means[1], means[2]).alone
    assert len(bands) == 3 and all(band.slope.value < 0.4 * alone.value for band in bands), "thirds are not narrow"
    by_x = random.uniform(size=x.size) < 0.1 + 0.2 * x
    for band in bands_of_images(names, sets, 10**x, similarity, by_x):
        assert band.slope.low < 0.2 < band.slope.high
    rows = list(band_rows("frequency over images of band", bands))
    assert [tuple(row) for row in rows] == [COLUMNS] * 3
    assert rows[0]["of"] == "frequency over images of band 1 of 3" and rows[0]["sets"] == 5


def test_a_concept_counts_by_its_images_in_the_band() -> None:
    similarity = [0.1, 0.9] * 40
    right = [False, True] * 40
    names = [f"c{at // 2}" for at in range(80)]
    low, high = bands_of_images(names, ["s"] * 80, np.repeat(10.0 ** np.arange(40) / 1e9, 2), similarity, right)
    assert (low.concepts, high.concepts) == (40, 40) and low.high < high.low
    assert low.refusal == high.refusal == "the score varies in no set"


def test_similarities_that_are_all_equal_in_a_band_stay_together() -> None:
    given = world(4, 2)
    given["similarity"][:400] = 1.0
    bands = fitted(given).bands
    assert sum(band.concepts for band in bands) == 600 and bands[-1].low == bands[-1].high == 1.0


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"similarity": lambda one: one["x"]}, "frequency and similarity correlate by 1.000 within sets"),
        ({"similarity": lambda one: 0 * one["x"] + 0.9}, "the similarity of the 600 concepts varies in no set"),
        ({"y": lambda one: 0 * one["y"]}, "the score of the 600 concepts varies in no set"),
    ],
)
def test_what_determines_no_slope_is_refused(changed: dict, said: str) -> None:
    given = world(4, 2)
    with pytest.raises(ValueError, match=said):
        fitted({**given, **{name: make(given) for name, make in changed.items()}})


def test_too_few_concepts_are_refused() -> None:
    with pytest.raises(ValueError, match="20 concepts of 10 sets are too few for frequency and similarity: 22"):
        fitted(world(4, 2, size=2))
