from __future__ import annotations

import numpy as np
import pytest

from jobs.analysis.line import fit_line


def test_it_is_that_of_least_squares() -> None:
    rng = np.random.default_rng(0)
    x = rng.uniform(0, 5, 40)
    y = 20 + 8 * x + rng.normal(0, 10, 40)
    line = fit_line(x, y)
    assert [line.slope, line.intercept] == pytest.approx(np.polyfit(x, y, 1))
    assert line.at(2.0) == pytest.approx(np.polyval(np.polyfit(x, y, 1), 2.0))
