"""The frequency of each concept as labels correct it, the threshold that suits it, and the law on such frequencies.

A corrected frequency is the expected number of right pairs among those that some search finds or whose score is stored.
What nothing finds is not in it: labels tell of it for all concepts together only. A share that is missed of every
concept alike changes no slope.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, partial
from typing import Any, Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from jobs.analysis.estimate import Estimate
from jobs.analysis.labels.chosen_thresholds import ThresholdChoices
from jobs.analysis.labels.corrected_slope import with_label_error
from jobs.analysis.law import FEW
from jobs.analysis.pooled import describe
from jobs.results.fits.fit_columns import FIT
from jobs.results.fits.fitted import FitInput
from jobs.results.labels.labelled_cells import LabelledCells

log = logging.getLogger(__name__)

Floats = NDArray[np.float64]

CORRECTED: Final = pa.schema(
    [
        ("corpus", pa.string()),
        ("judged", pa.string()),
        ("concept", pa.string()),
        ("labelled", pa.int64()),
        ("corrected", pa.float64()),
        ("corrected_low", pa.float64()),
        ("corrected_high", pa.float64()),
        ("threshold", pa.float64()),
        ("precision", pa.float64()),
        ("recall_in_reach", pa.float64()),
        ("f1", pa.float64()),
    ]
)
CORRECTED_LAWS: Final = pa.schema(
    [
        *FIT,
        ("concepts", pa.int64()),
        ("slope", pa.float64()),
        ("slope_low", pa.float64()),
        ("slope_high", pa.float64()),
        ("corrected_slope", pa.float64()),
        ("corrected_slope_low", pa.float64()),
        ("corrected_slope_high", pa.float64()),
    ]
)


@dataclass(frozen=True)
class CorrectedLaw:
    """The slope of a fit, and that of the same scores against corrected frequencies; both per decade."""

    item: FitInput
    slope: Estimate
    corrected: Estimate

    @property
    def row(self) -> dict[str, Any]:
        """The law in the columns of CORRECTED_LAWS."""
        row: dict[str, Any] = {**self.item.key, "concepts": len(self.item.names)}
        for name, one in (("slope", self.slope), ("corrected_slope", self.corrected)):
            row |= {name: one.value, f"{name}_low": one.low, f"{name}_high": one.high}
        return row

    def __str__(self) -> str:
        return f"{self.item.title}: {self.slope.in_brackets()} per decade, corrected {self.corrected.in_brackets()}"


def corrected_rows(labelled: LabelledCells, least_precision: float | None = None) -> Iterator[dict[str, Any]]:
    """Rows of CORRECTED, by concept; the threshold is chosen among the edges of scores, if images are searched.

    least_precision: see `ThresholdChoices.best`.
    """
    asked, labels = labelled.cells.asked, labelled.counts[0].sum(1)
    choices, every = _choices(labelled), _every(labelled)
    best = choices.best(least_precision) if asked.edges else np.full(len(asked.names), -1)
    for at, (name, one) in enumerate(zip(asked.names, labelled.estimated.over(every).intervals(), strict=True)):
        place = int(best[at])
        chosen = {"threshold": asked.edges[place] if place >= 0 else None}
        for column, values in (
            ("precision", choices.precision), ("recall_in_reach", choices.recall), ("f1", choices.f1),
        ):  # fmt: skip
            chosen[column] = float(values[at, place]) if place >= 0 else None
        row = {"corpus": asked.corpus.name, "judged": asked.judged, "concept": name, "labelled": int(labels[at])}
        ends = {"corrected": one.value, "corrected_low": one.low, "corrected_high": one.high}
        yield {**row, **ends, **chosen}


def _choices(labelled: LabelledCells) -> ThresholdChoices:
    cells = labelled.cells
    above = [np.array([one.above(edge) for one in cells.strata], bool) for edge in cells.asked.edges]
    none = np.zeros((len(cells.asked.names), 0))
    return ThresholdChoices(
        found=np.stack([cells.pairs[:, kept].sum(1) for kept in above], axis=1) if above else none.astype(np.int64),
        right=np.stack([labelled.estimated.over(kept).mean for kept in above], axis=1) if above else none,
        whole=labelled.estimated.over(_every(labelled)).mean,
    )


def corrected_laws(labelled: LabelledCells, items: Sequence[FitInput]) -> Iterator[CorrectedLaw]:
    """The law of each fit of the corpus beside the corrected one, over the concepts that have both frequencies.

    A fit that its scores do not allow is left out with a warning.
    """
    asked = labelled.cells.asked
    # Fits share what a frequency of 0 becomes, and so nearly always the corrected frequencies.
    judged, corrected = set(asked.names), cache(partial(_frequencies, labelled))
    for item in (one for one in items if one.corpus == asked.corpus.name):
        counted = zip(item.names, map(float, item.frequency), strict=True)
        try:
            slope = _slope(item, {name: frequency for name, frequency in counted if name in judged})
            found, *each = (_slope(item, frequency) for frequency in corrected(item.protocol.zero_becomes))
        except ValueError as refusal:
            log.warning("%s: not corrected: %s", item.title, refusal)
            continue
        yield CorrectedLaw(item, slope, with_label_error(found, [one.value for one in each]))


def _frequencies(labelled: LabelledCells, zero_becomes: float) -> list[dict[str, float]]:
    """The corrected frequencies by concept, as a line is fitted to them: by all labels, then without each group."""
    names, every = labelled.cells.asked.names, _every(labelled)
    logs = [one.over(every).mean_log(zero_becomes) for one in (labelled.estimated, *labelled.without_each_group)]
    return [dict(zip(names, (10**one).tolist(), strict=True)) for one in logs]


def _slope(item: FitInput, frequency: dict[str, float]) -> Estimate:
    """The slope that leads, over the concepts of a fit that have one of these frequencies, against them."""
    rows = [row for row in zip(item.names, item.set_of, item.score, strict=True) if row[0] in frequency]
    if len(rows) < FEW:
        raise ValueError(f"{len(rows)} of its concepts are judged: at least {FEW} are needed")
    concepts, sets, scores = zip(*rows, strict=True)
    counts = [frequency[name] for name in concepts]
    return describe(concepts, sets, counts, scores, item.protocol.zero_becomes, mixed=False).leading


def _every(labelled: LabelledCells) -> NDArray[np.bool_]:
    return np.ones(len(labelled.cells.strata), bool)
