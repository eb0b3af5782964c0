"""Precision and recall of searches from labels: by search and threshold, by stratum, and by concept, with intervals."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from jobs.analysis.estimate import Estimate
from jobs.analysis.labels.concept_rates import ENDS, RightPairs, between
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
    """Rows of HITS: the searches, then the strata."""
    cells, rates = labelled.cells, labelled.rates()
    asked = cells.asked
    sizes = [*cells.pairs.sum(0).tolist(), cells.unfound]
    said = [*zip(*(one.sum(0).tolist() for one in labelled.counts), strict=True)]
    said.append((int(labelled.nothing.labelled[0]), int(labelled.nothing.right[0])))
    common = {**dict.fromkeys(HITS.names), "corpus": asked.corpus.name, "judged": asked.judged}
    for search, threshold in asked.searches:
        found = [*_found(labelled, search, threshold).tolist(), False]
        numbers = [(size, *two) for size, two, there in zip(sizes, said, found, strict=True) if there]
        pairs, labels, right = (sum(column) for column in zip(*numbers, strict=True)) if numbers else (0, 0, 0)
        part = _total(sizes, rates, found)
        rest = _total(sizes, rates, [not there for there in found])
        reach = _total(sizes, rates, [not there for there in found[:-1]] + [False])
        yield {
            **common,
            "search": search,
            "threshold": threshold,
            "pairs": pairs,
            "labelled": labels,
            "right": right,
            **_ends("precision", divided(part, pairs)),
            **_ends("recall", share_of_both(part, rest)),
            **_ends("recall_in_reach", share_of_both(part, reach) if not all(found[:-1]) else None),
        }
    names = [*(one.name for one in cells.strata), NAME_OF_NOTHING]
    for name, size, (labels, right), one in zip(names, sizes, said, rates, strict=True):
        row = {"stratum": name, "pairs": size, "labelled": labels, "right": right}
        yield {**common, **row, **_ends("precision", one)}


def concept_rows(labelled: LabelledCells) -> Iterator[dict[str, Any]]:
    """Rows of CONCEPT_HITS, by search and concept."""
    cells, (labels, right) = labelled.cells, labelled.counts
    asked = cells.asked
    for search, threshold in asked.searches:
        found = _found(labelled, search, threshold)
        pairs = cells.pairs[:, found].sum(1)
        inside, outside = labelled.estimated.over(found), labelled.estimated.over(~found)
        precisions = _precisions(inside, pairs)
        recalls = _recalls(inside, outside)
        for at, name in enumerate(asked.names):
            yield {
                "corpus": asked.corpus.name,
                "judged": asked.judged,
                "search": search,
                "threshold": threshold,
                "concept": name,
                "found": int(pairs[at]),
                "labelled": int(labels[at, found].sum()),
                "right": int(right[at, found].sum()),
                **_ends("precision", precisions[at]),
                **_ends("recall_in_reach", recalls[at] if cells.pairs[at, ~found].any() else None),
            }


def _found(labelled: LabelledCells, search: str, threshold: float | None) -> Mask:
    return np.array([one.found_by(search, threshold) for one in labelled.cells.strata], bool)


def _total(sizes: list[int], rates: list[Estimate], kept: list[bool]) -> Estimate:
    chosen = [(size, one) for size, one, there in zip(sizes, rates, kept, strict=True) if there]
    return total([size for size, _ in chosen], [one for _, one in chosen])


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
