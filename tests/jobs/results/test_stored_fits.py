"""A fit and its row of the table: the same fit, to the last digit, without fitting again."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

import numpy as np
import pytest

from jobs.analysis.protocol import Protocol
from jobs.lake.specs import digest
from jobs.results.fitted import FitInput
from jobs.results.stored_fits import StoredFits, fit_row, inputs_digest
from jobs.settings.law import Fit

SETTINGS = Fit(draws=100, seed=3)


def item(protocol: Protocol, sets: int = 3, concepts: int = 60) -> FitInput:
    rng = np.random.default_rng(0)
    frequency = np.floor(np.exp(rng.uniform(-1, 9, concepts))).astype(int)
    return FitInput(
        corpus="tiny",
        search="image",
        threshold=0.7,
        sets=tuple(f"set {number}" for number in range(sets)),
        model="m",
        prompt="class",
        metric="accuracy",
        protocol=protocol,
        names=tuple(f"concept {number % 50}" for number in range(concepts)),
        set_of=tuple(f"set {number % sets}" for number in range(concepts)),
        frequency=tuple(frequency.tolist()),
        score=tuple(rng.uniform(size=concepts).tolist()),
    )


def stored(row: dict[str, Any]) -> StoredFits:
    return StoredFits(SETTINGS, {row["inputs"]: row})


@pytest.mark.parametrize("protocol", [Protocol("paper"), Protocol("ours", drop_low=0, weights="concepts")])
@pytest.mark.parametrize("sets", [1, 3])
def test_the_row_is_the_fit(protocol: Protocol, sets: int) -> None:
    made = item(protocol, sets).fit(SETTINGS)
    read = stored(fit_row(made, "run")).find_or_fit(made.item)
    assert read == made and read is not made
    assert read.band == made.band is not None


def test_what_is_stored_is_read_and_not_fitted_again() -> None:
    made = item(Protocol("paper")).fit(SETTINGS)
    fits = stored({**fit_row(made, "run"), "r": 0.25, "spearman": None})
    read = fits.find_or_fit(made.item)
    assert (read.law.r, read.pooled.spearman) == (0.25, None)


def test_other_inputs_or_draws_are_fitted_anew() -> None:
    made = item(Protocol("paper")).fit(SETTINGS)
    row = {**fit_row(made, "run"), "r": 0.25}
    other = replace(made.item, score=made.item.score[::-1])
    assert stored(row).find_or_fit(other) == other.fit(SETTINGS)
    reseeded = StoredFits(Fit(draws=100, seed=4), stored(row).rows)
    assert reseeded.row(made.item) is None and reseeded.find_or_fit(made.item).law.r == made.law.r


def test_what_cannot_be_fitted_is_said() -> None:
    with pytest.raises(ValueError, match="fewer than 3 bins are left"):
        stored(fit_row(item(Protocol("paper")).fit(SETTINGS), "run")).find_or_fit(item(Protocol("none", drop_low=11)))


def test_the_digest_is_that_of_the_lakes_there_are() -> None:
    one = item(Protocol("paper"))
    assert inputs_digest(one, SETTINGS) == digest([asdict(one), 100, 3])[:24]
