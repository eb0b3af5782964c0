"""The table `fits`: a fit as its row, and the row as a fit again.

A stored fit answers every later request with the same inputs. The rest is computed from the inputs: the bins at once,
and the interval of the line when it is drawn.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from jobs.analysis.law import Law, bin_table
from jobs.analysis.pooled import Pooled
from jobs.lake.lake import Lake
from jobs.lake.specs import digest
from jobs.results.fitted import FitInput, Fitted
from jobs.settings.law import Fit

KEY = ("corpus", "search", "threshold", "model", "prompt", "metric")
# The columns of a law, and those of its pool of concepts.
LAW = (
    "r", "p", "bins", "empty_bins", "concepts", "r_inner", "r_all", "r_unbinned",
    "slope_per_decade", "slope_low", "slope_high", "intercept",
)  # fmt: skip
POOLED = ("distinct", "zeros", "r2", "spearman", "sets_low", "sets_high", "slope_within", "within_low", "within_high")


def inputs_digest(item: FitInput, settings: Fit) -> str:
    """A digest that changes if any input of the fit changes."""
    # asdict of the whole item copies every concept, and takes longer than the fit.
    values = {**vars(item), "protocol": asdict(item.protocol)}
    return digest([values, settings.draws, settings.seed])[:24]


def fit_row(fitted: Fitted, mlflow_run: str) -> dict[str, object]:
    """The row of a new fit."""
    item = fitted.item
    return {
        **{key: getattr(item, key) for key in KEY},
        "sets": ",".join(item.sets),
        "protocol": item.protocol.name,
        **{key: getattr(fitted.law, key) for key in LAW},
        **{key: getattr(fitted.pooled, key) for key in POOLED},
        "inputs": inputs_digest(item, fitted.settings),
        "mlflow_run": mlflow_run,
        "fitted": datetime.now(UTC),
    }


def fit_of_row(item: FitInput, settings: Fit, row: Mapping[str, Any]) -> Fitted:
    """The fit of this row; its digest was made from `item` and `settings`."""
    law = Law(
        protocol=item.protocol,
        **{key: row[key] for key in LAW},
        bin_table=bin_table(item.frequency, item.score, item.protocol),
    )
    pooled = Pooled(concepts=row["concepts"], sets=len(set(item.set_of)), **{key: row[key] for key in POOLED})
    return Fitted(item, law, pooled, settings)


@dataclass(frozen=True)
class StoredFits:
    """The rows of the table, by the digest of their inputs."""

    settings: Fit
    rows: Mapping[str, Mapping[str, Any]]

    def row(self, item: FitInput) -> Mapping[str, Any] | None:
        """The row of the fit of these inputs, if it is stored."""
        return self.rows.get(inputs_digest(item, self.settings))

    def find_or_fit(self, item: FitInput) -> Fitted:
        """The stored fit of these inputs, or else a new one. Raises ValueError with the reason if none can be made."""
        row = self.row(item)
        return item.fit(self.settings) if row is None else fit_of_row(item, self.settings, row)


def read_fits(lake: Lake, settings: Fit) -> StoredFits:
    """All stored fits; `settings` is the section `fit` under which fits are looked up."""
    return StoredFits(settings, {row["inputs"]: row for row in lake.rows("fits")})
