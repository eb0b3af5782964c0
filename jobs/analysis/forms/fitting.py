"""One form over all concepts: its shape searched on the grid and then between its points, and its AIC."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from jobs.analysis.cluster_robust import around_set_means
from jobs.analysis.forms.held_out import FormSearch
from jobs.analysis.forms.moments import Solved, solve

Floats = NDArray[np.float64]


class Fitting(NamedTuple):
    """A shape, its coefficients, and AIC corrected for few concepts."""

    shape: Floats
    coefficients: Floats
    aicc: float


def fit_form(search: FormSearch) -> Fitting:
    """Least squares over all points, with a level for each set."""
    shape = search.best
    if shape.size:
        # scipy takes two seconds to import.
        from scipy.optimize import minimize

        grid = search.form.grid(search.x)
        bounds = list(zip(grid.min(0), grid.max(0), strict=True))
        options = {"xatol": 1e-3, "fatol": 0.0, "maxfev": 30 * shape.size}
        found = minimize(lambda at: _at(search, at).left, shape, method="Nelder-Mead", bounds=bounds, options=options)
        shape = np.asarray(found.x, np.float64)
    solved = _at(search, shape)
    sets = int(search.set_of.max()) + 1
    # Beside the levels and the form's own parameters, the variance.
    return Fitting(shape, solved.coefficients, _aicc(float(solved.left), search.y, sets + search.form.parameters + 1))


def _at(search: FormSearch, shape: Floats) -> Solved:
    columns = np.vstack(search.form.columns(shape[None], search.x))
    rows = np.array([around_set_means(row, search.set_of) for row in (*columns, search.y)])
    return solve(rows @ rows.T)


def _aicc(left: float, y: Floats, parameters: int) -> float:
    """Of normal errors (Hurvich and Tsai, Biometrika 76, 1989); a fit without errors counts as one with rounding's."""
    n = y.size
    variance = max(left / n, 1e-24 * max(1.0, float(y @ y) / n))
    return n * float(np.log(variance)) + 2 * parameters * n / (n - parameters - 1)
