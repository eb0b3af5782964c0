"""The expected calibration error against numbers worked by hand, and of a model that knows itself."""

from __future__ import annotations

import numpy as np
import pytest

from jobs.analysis.calibration import BINS, calibration_error


def test_two_bins_by_hand() -> None:
    # 10 images with a mean confidence of 0.9 of which 7 are right, 30 with 0.3 of which 12 are.
    assert calibration_error([10, 30], [7, 12], [9.0, 9.0]) == pytest.approx((10 * 0.2 + 30 * 0.1) / 40)


def test_errors_of_two_bins_do_not_cancel() -> None:
    assert calibration_error([10, 10], [10, 0], [5.0, 5.0]) == 0.5


def test_nothing_has_no_error() -> None:
    assert calibration_error([], [], []) is None and calibration_error([0], [0], [0.0]) is None


def test_confidences_that_are_what_they_say_have_little() -> None:
    random = np.random.default_rng(0)
    confidence = random.uniform(0.2, 1, 200_000)
    right = random.uniform(size=confidence.size) < confidence
    bins = np.ceil(confidence * BINS).astype(int)
    sums = [np.bincount(bins, weights) for weights in (None, right, confidence)]
    assert calibration_error(*sums) < 0.01
    over = [sums[0], sums[1], np.bincount(bins, np.minimum(confidence + 0.1, 1))]
    assert calibration_error(*over) == pytest.approx(0.1, abs=0.015)
