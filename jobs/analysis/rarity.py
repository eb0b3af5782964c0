"""The rarest concepts that are still well defined, over several corpora."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class RareRules:
    """Which concepts may be chosen: the `concepts` rarest of those found in at least `found_in` corpora.

    max_frequency: in no corpus more samples than this; None: any number.
    """

    concepts: int
    found_in: int = 1
    max_frequency: int | None = None


@dataclass(frozen=True)
class Rarest:
    """`order` (m,): the places of the chosen concepts, the rarest first; `typical` (n,): the frequency of each concept.

    left_out: how many concepts each rule excludes, under the first one that does.
    """

    order: NDArray[np.int64]
    typical: Floats
    left_out: Mapping[str, int]


def rarest(frequency: ArrayLike, distrusted: Flags, rules: RareRules) -> Rarest:
    """Choose among n concepts by their frequencies (n, corpora) in samples; `distrusted` (n,) ones are left out.

    A concept is as rare as the geometric mean of its frequencies, in which 0 counts as 1, so that each corpus weighs
    the same, whatever its size. Equally rare ones are in the order given.
    """
    counts = np.asarray(frequency, np.float64)
    typical = np.exp(np.log(np.maximum(counts, 1)).mean(axis=1))
    reasons = {
        "named by a finding of the audit": distrusted,
        f"found in fewer than {rules.found_in} corpora": (counts > 0).sum(axis=1) < rules.found_in,
    }
    if rules.max_frequency is not None:
        reasons[f"more frequent than {rules.max_frequency:,} in some corpus"] = counts.max(axis=1) > rules.max_frequency
    kept, left_out = np.ones(len(counts), bool), {}
    for reason, flagged in reasons.items():
        left_out[reason] = int((kept & flagged).sum())
        kept &= ~flagged
    places = np.flatnonzero(kept)
    order = places[np.argsort(typical[places], kind="stable")][: rules.concepts]
    return Rarest(order.astype(np.int64), typical, left_out)
