"""A fit and its row of the table: the same fit, to the last digit, without fitting again."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

import numpy as np
import pytest

from jobs.analysis.protocol import Protocol
from jobs.lake.specs import digest
from jobs.results.fits.fitted import FitInput
from jobs.results.fits.stored_fits import METHOD, StoredFits, fit_row, inputs_digest


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
        images=(40,) * concepts,
    )


def stored(row: dict[str, Any]) -> StoredFits:
    return StoredFits({row["inputs"]: row})


@pytest.mark.parametrize("protocol", [Protocol("paper"), Protocol("ours", drop_low=0, weights="concepts")])
@pytest.mark.parametrize("sets", [1, 3, 12])
def test_the_row_is_the_fit(protocol: Protocol, sets: int) -> None:
    made = item(protocol, sets).fit()
    read = stored(fit_row(made, "run")).find_or_fit(made.item)
    assert read == made and read is not made
    assert read.predictor == made.predictor


def test_what_is_stored_is_read_and_not_fitted_again() -> None:
    made = item(Protocol("paper")).fit()
    fits = stored({**fit_row(made, "run"), "r": 0.25, "within_low": None, "spearman": None})
    read = fits.find_or_fit(made.item)
    assert (read.law.r, read.pooled.spearman) == (0.25, None)
    assert read.pooled.within is not None and read.pooled.within.low is None


def test_other_inputs_are_fitted_anew() -> None:
    made = item(Protocol("paper")).fit()
    row = {**fit_row(made, "run"), "r": 0.25}
    other = replace(made.item, score=made.item.score[::-1])
    assert stored(row).find_or_fit(other) == other.fit()


def test_what_cannot_be_fitted_is_said() -> None:
    few = item(Protocol("paper"), concepts=5)
    with pytest.raises(ValueError, match="5 concepts with a score are too few"):
        stored(fit_row(item(Protocol("paper")).fit(), "run")).find_or_fit(few)


def test_the_digest_has_everything_and_the_method() -> None:
    one = item(Protocol("paper"))
    told = {name: value for name, value in asdict(one).items() if name not in ("unit", "higher_is_better")}
    assert inputs_digest(one) == digest([told, METHOD])[:24], "as fits of earlier releases are stored"
    others = [replace(one, higher_is_better=False), replace(one, unit="score")]
    assert len({inputs_digest(other) for other in (one, *others)}) == 3
