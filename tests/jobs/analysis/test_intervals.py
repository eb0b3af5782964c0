from __future__ import annotations

import numpy as np
import pytest

from jobs.analysis import intervals
from jobs.analysis.intervals import bootstrap_lines, fit_line


def points(n: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    x = rng.uniform(0, 5, n)
    return x, 20 + 8 * x + rng.normal(0, 10, n)


def test_the_draws_equal_lines_fitted_one_by_one() -> None:
    x, y = points(40)
    drawn = bootstrap_lines(x, y, draws=25, seed=7)
    picks = np.random.default_rng(7).integers(0, 40, size=(25, 40))
    for row, slope, intercept in zip(picks, drawn.slopes, drawn.intercepts, strict=True):
        assert np.polyfit(x[row], y[row], 1) == pytest.approx([slope, intercept])


def test_blocks_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    x, y = points(30)
    whole = bootstrap_lines(x, y, draws=100, seed=3)
    monkeypatch.setattr(intervals, "CELLS", 210)
    assert np.allclose(bootstrap_lines(x, y, draws=100, seed=3).slopes, whole.slopes, rtol=1e-12)


def test_fits_of_one_size_share_their_resamples_and_cannot_change_them() -> None:
    x, y = points(30)
    first = bootstrap_lines(x, y, draws=100, seed=3)
    other = bootstrap_lines(x, -y, draws=100, seed=3)
    assert np.allclose(first.slopes, -other.slopes)
    with pytest.raises(ValueError, match="read-only"):
        intervals._whole(30, 100, 3)[0, 0] = 7


def test_the_interval_holds_the_true_slope_in_about_95_of_100_worlds() -> None:
    held = 0
    for world in range(200):
        low, high = bootstrap_lines(*points(200, world), draws=200, seed=world).slope_interval() or (9, 0)
        held += low <= 8 <= high
    assert 180 <= held <= 199


def test_the_band_lies_around_the_line() -> None:
    x, y = points(300)
    line, band = fit_line(x, y), bootstrap_lines(x, y, 300, 0).band(0, 5)
    assert band is not None and len(band.x) == len(band.low) == len(band.high)
    middle = line.intercept + line.slope * np.array(band.x)
    assert (np.array(band.low) < middle).all() and (middle < np.array(band.high)).all()


def test_a_resample_of_one_frequency_only_is_left_out() -> None:
    x, y = np.array([0.1, 0.1, 4.0]), np.array([1.0, 2.0, 9.0])
    drawn = bootstrap_lines(x, y, draws=500, seed=0)
    assert 0 < drawn.slopes.size < 500 and np.abs(drawn.slopes).max() < 3
