"""The labels' error is added to the slope's own as variances are."""

from __future__ import annotations

import numpy as np
import pytest

from jobs.analysis.estimate import Estimate
from jobs.analysis.labels.corrected_slope import GROUPS, label_error, with_label_error


def test_labels_that_agree_change_nothing() -> None:
    slope = Estimate(0.3, 0.2, 0.45)
    assert with_label_error(slope, np.full(GROUPS, 0.31)) == slope
    assert with_label_error(Estimate(0.3), np.arange(GROUPS)) == Estimate(0.3)


def test_both_errors_are_added() -> None:
    each = np.random.default_rng(0).normal(0.3, 0.01, GROUPS)
    found = with_label_error(Estimate(0.3, 0.2, 0.4), each)
    assert found.low is not None and found.high is not None
    assert found.high - 0.3 == pytest.approx(np.hypot(0.1, label_error(each))) == pytest.approx(0.3 - found.low)


def test_the_jackknife_of_a_mean_is_its_standard_error() -> None:
    values = np.random.default_rng(1).normal(size=GROUPS)
    without = (values.sum() - values) / (GROUPS - 1)
    assert label_error(without) == pytest.approx(2.093 * values.std(ddof=1) / GROUPS**0.5, rel=1e-3)
