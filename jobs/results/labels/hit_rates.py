"""Precision and recall of searches from labels: by search and threshold, by stratum, and by concept, with intervals."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from jobs.analysis.estimate import Estimate
from jobs.analysis.labels.concept_rates import ENDS, RightPairs, between
from jobs.analysis.labels.rates import StratumLabels, rate
from jobs.analysis.labels.totals import divided, share_of_both, total
from jobs.results.labels.labelled_cells import LabelledCells
from jobs.results.labels.strata import NAME_OF_NOTHING

Mask = NDArray[np.bool_]


def _with_ends(name: str) -> list[tuple[str, pa.DataType]]:
    return [(name, pa.float64()), (f"{name}_low", pa.float64()), (f"{name}_high", pa.float64())]


# A row is of a search (without a stratum) or of a stratum (without a search). `recall` is of all right pairs;
# `recall_in_reach` of those that some search finds or whose score is stored.
HITS: Final = pa.schema(
    [
        ("corpus", pa.string()),
        ("judged", pa.string()),
        ("search", pa.string()),
        ("threshold", pa.float64()),
        ("stratum", pa.string()),
        ("pairs", pa.int64()),
        ("labelled", pa.int64()),
        ("right", pa.int64()),
        *_with_ends("precision"),
        *_with_ends("recall"),
        *_with_ends("recall_in_reach"),
    ]
)
# A row is of a concept under a search. Recall is in reach.
CONCEPT_HITS: Final = pa.schema(
    [
        ("corpus", pa.string()),
        ("judged", pa.string()),
        ("search", pa.string()),
        ("threshold", pa.float64()),
        ("concept", pa.string()),
        ("found", pa.int64()),
        ("labelled", pa.int64()),
        ("right", pa.int64()),
        *_with_ends("precision"),
        *_with_ends("recall_in_reach"),
    ]
)


def hit_rows(labelled: LabelledCells) -> Iterator[dict[str, Any]]:
    """Rows of HITS: the searches, each over the concepts that it can answer, then the strata over all."""
    asked = labelled.cells.asked
    common = {**dict.fromkeys(HITS.names), "corpus": asked.corpus.name, "judged": asked.judged}
    for search, threshold in asked.searches:
        strata = labelled.strata(asked.answered_by(search))
        found = [*_found(labelled, search, threshold).tolist(), False]
        part = _total(strata, found)
        numbers = _numbers(strata, found)
        reach = _total(strata, [not there for there in found[:-1]] + [False])
        yield {
            **common,
            "search": search,
            "threshold": threshold,
            **numbers,
            **_ends("precision", divided(part, numbers["pairs"])),
            **_ends("recall", share_of_both(part, _total(strata, [not there for there in found]))),
            **_ends("recall_in_reach", share_of_both(part, reach) if not all(found[:-1]) else None),
        }
    names = [*(one.name for one in labelled.cells.strata), NAME_OF_NOTHING]
    for name, one in zip(names, labelled.strata(np.ones(len(asked.names), bool)), strict=True):
        yield {**common, "stratum": name, **_numbers([one], [True]), **_ends("precision", rate(one))}


def concept_rows(labelled: LabelledCells) -> Iterator[dict[str, Any]]:
    """Rows of CONCEPT_HITS, by search and concept; a search has no row of a concept that it cannot answer."""
    cells, (labels, right) = labelled.cells, labelled.counts
    asked = cells.asked
    for search, threshold in asked.searches:
        found = _found(labelled, search, threshold)
        pairs = cells.pairs[:, found].sum(1)
        inside, outside = labelled.estimated.over(found), labelled.estimated.over(~found)
        precisions = _precisions(inside, pairs)
        recalls = _recalls(inside, outside)
        for at in np.flatnonzero(asked.answered_by(search)):
            yield {
                "corpus": asked.corpus.name,
                "judged": asked.judged,
                "search": search,
                "threshold": threshold,
                "concept": asked.names[at],
                "found": int(pairs[at]),
                "labelled": int(labels[at, found].sum()),
                "right": int(right[at, found].sum()),
                **_ends("precision", precisions[at]),
                **_ends("recall_in_reach", recalls[at] if cells.pairs[at, ~found].any() else None),
            }


def _found(labelled: LabelledCells, search: str, threshold: float | None) -> Mask:
    return np.array([one.found_by(search, threshold) for one in labelled.cells.strata], bool)


def _numbers(strata: Sequence[StratumLabels], kept: Sequence[bool]) -> dict[str, int]:
    """Pairs, labelled pairs and right ones of some strata."""
    chosen = [one for one, there in zip(strata, kept, strict=True) if there]
    return {name: sum(int(getattr(one, name).sum()) for one in chosen) for name in ("pairs", "labelled", "right")}


def _total(strata: Sequence[StratumLabels], kept: Sequence[bool]) -> Estimate:
    chosen = [one for one, there in zip(strata, kept, strict=True) if there]
    return total([int(one.pairs.sum()) for one in chosen], [rate(one) for one in chosen])


def _precisions(inside: RightPairs, pairs: NDArray[np.int64]) -> list[Estimate | None]:
    return [divided(one, int(size)) for one, size in zip(inside.intervals(), pairs, strict=True)]


def _recalls(inside: RightPairs, outside: RightPairs) -> list[Estimate]:
    """The shares of what is found in what is right, with variances by the delta method."""
    whole = np.maximum(inside.mean + outside.mean, 1e-12)
    variance = (outside.mean**2 * inside.variance + inside.mean**2 * outside.variance) / whole**4
    least = inside.least / np.maximum(inside.least + outside.most, 1)
    most = inside.most / np.maximum(inside.most + outside.least, 1)
    shares = inside.mean / whole
    ends = zip(shares, *between(shares, variance, least, most, ENDS), strict=True)
    return [Estimate(*map(float, row)) for row in ends]


def _ends(name: str, one: Estimate | None) -> dict[str, float | None]:
    values = (None, None, None) if one is None else (one.value, one.low, one.high)
    return dict(zip((name, f"{name}_low", f"{name}_high"), values, strict=True))
