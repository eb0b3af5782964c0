"""The latent frequency of simulated definitions, whose true one is known."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from jobs.analysis.definitions.latent import LatentFrequency, latent_frequency

N = 1_000
TRUE = np.random.default_rng(0).normal(3.0, 1.0, N)
ERRORS = {"a": 0.3, "b": 0.6, "c": 0.9, "d": 0.6}


def measured(found: float = 1.0) -> dict[str, NDArray[np.float64]]:
    """Definitions with independent errors, each of which finds a concept with this probability."""
    random = np.random.default_rng(1)
    noisy = {name: 10 ** np.maximum(TRUE + error * random.normal(size=N), 0.1) for name, error in ERRORS.items()}
    return {name: np.where(random.random(N) < found, values, 0) for name, values in noisy.items()}


def covered(found: LatentFrequency) -> float:
    return float(np.mean((found.low <= TRUE) & (found.high >= TRUE)))


def test_it_is_nearer_to_the_truth_than_each_definition_and_its_interval_holds() -> None:
    frequencies = measured()
    found = latent_frequency(frequencies)
    off = {name: np.sqrt(np.mean((np.log10(values) - TRUE) ** 2)) for name, values in frequencies.items()}
    assert np.sqrt(np.mean((found.value - TRUE) ** 2)) < min(off.values())
    # Over 60 draws of 1,000 concepts 0.95 in the mean, and from 0.90 to 0.97: loadings are estimated too.
    assert 0.88 < covered(found) < 0.98
    assert found.reliability["a"] == pytest.approx(1 / 1.09, abs=0.03)
    assert found.reliability["c"] == pytest.approx(1 / 1.81, abs=0.05)
    assert (found.found_by == 4).all()


def test_a_definition_that_does_not_find_a_concept_widens_its_interval() -> None:
    found = latent_frequency(measured(found=0.8))
    width = found.high - found.low
    assert width[found.found_by == 1].min() > width[found.found_by == 4].max()
    some = found.found_by > 0
    assert 0.88 < np.mean((found.low <= TRUE)[some] & (found.high >= TRUE)[some]) < 0.98
    # What nothing finds is rarer than all else.
    assert found.value[~some].max() < np.quantile(found.value, 0.02)


def test_the_unit_is_that_of_the_definitions() -> None:
    tenfold = latent_frequency({name: 10 * values for name, values in measured().items()})
    assert tenfold.value == pytest.approx(latent_frequency(measured()).value + 1)


def test_refusals() -> None:
    frequencies = measured()
    with pytest.raises(ValueError, match="2 definitions have no latent frequency: 3 are needed"):
        latent_frequency({name: frequencies[name] for name in "ab"})
    with pytest.raises(ValueError, match="every definition finds 20 concepts"):
        latent_frequency({name: values[:20] for name, values in frequencies.items()})
    with pytest.raises(ValueError, match="the same frequency for every concept"):
        latent_frequency({**frequencies, "c": np.full(N, 7.0)})
