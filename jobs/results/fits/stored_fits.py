"""The table `fits`: a fit as its row, and the row as a fit again.

A stored fit answers every later request with the same inputs. The bins are computed from the inputs again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from jobs.analysis.law import Law, bin_table
from jobs.analysis.pooled import Pooled, estimates
from jobs.lake.lake import Lake
from jobs.lake.specs import digest
from jobs.results.fits.fitted import FitInput, Fitted

# The columns of a law, and those of its pool of concepts beside its estimates.
LAW = (
    "r", "no_r", "p", "bins", "empty_bins", "concepts", "r_inner", "r_all", "r_unbinned", "slope_per_decade",
    "intercept",
)  # fmt: skip
POOLED = ("concepts", "distinct", "zeros")
# Rises when the same inputs give other values or further columns, so that stored fits are made again.
METHOD = 2
# What the digest leaves out.
USUAL = {"unit": "share", "higher_is_better": True}


def inputs_digest(item: FitInput) -> str:
    """A digest that changes if any input of the fit changes, or the method."""
    # asdict of the whole item copies every concept, and takes longer than the fit.
    values = {**vars(item), "protocol": asdict(item.protocol)}
    # Fits of earlier releases are all of shares of which a higher one is better, and are not made again.
    values = {name: value for name, value in values.items() if USUAL.get(name) != value}
    return digest([values, METHOD])[:24]


def fit_row(fitted: Fitted, mlflow_run: str) -> dict[str, object]:
    """The row of a new fit."""
    item = fitted.item
    return {
        **item.key,
        "sets": ",".join(item.sets),
        "protocol": item.protocol.name,
        **{key: getattr(fitted.law, key) for key in LAW},
        **{key: getattr(fitted.pooled, key) for key in POOLED},
        **fitted.pooled.columns,
        "inputs": inputs_digest(item),
        "mlflow_run": mlflow_run,
        "fitted": datetime.now(UTC),
    }


def fit_of_row(item: FitInput, row: Mapping[str, Any]) -> Fitted:
    """The fit of this row; its digest was made from `item`."""
    law = Law(
        protocol=item.protocol,
        **{key: row[key] for key in LAW},
        bin_table=bin_table(item.frequency, item.score, item.protocol),
    )
    pooled = Pooled(sets=len(set(item.set_of)), **{key: row[key] for key in POOLED}, **estimates(row))  # type: ignore[arg-type]
    return Fitted(item, law, pooled)


@dataclass(frozen=True)
class StoredFits:
    """The rows of the table, by the digest of their inputs."""

    rows: Mapping[str, Mapping[str, Any]]

    def row(self, item: FitInput) -> Mapping[str, Any] | None:
        """The row of the fit of these inputs, if it is stored."""
        return self.rows.get(inputs_digest(item))

    def find_or_fit(self, item: FitInput) -> Fitted:
        """The stored fit of these inputs, or else a new one. Raises ValueError with the reason if none can be made."""
        row = self.row(item)
        return item.fit() if row is None else fit_of_row(item, row)


def read_fits(lake: Lake) -> StoredFits:
    """All stored fits."""
    return StoredFits({row["inputs"]: row for row in lake.rows("fits")})
