"""A corpus's published misalignment: a count and two degrees, from which the two denominators are recovered."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from jobs.published.documents import Notes, count_fault

COUNT = "misalignment_counts"
DEGREE_FOUND = "misalignment_degree (percent); extracted dataset size"
DEGREE = "misalignment_degree (percent); fixed conservative dataset size"
# Between the degree of n and of n + 1 samples lies more than 1e-9 of it for every published corpus (4e8 samples at
# most), so a degree in full precision names one n and a rounded one none.
SAME_DEGREE = 1e-12


@dataclass(frozen=True)
class MisalignmentTotals:
    """Misaligned samples, max(|I|, |T|), and the corpus's size that the authors fixed; None if that is not known."""

    misaligned: int | None = None
    found: int | None = None
    samples: int | None = None


def totals(document: dict[str, Any], notes: Notes) -> MisalignmentTotals:
    """The three numbers; a degree (a share, though its name says percent) that gives no whole number gives None."""
    count: Any = document.get(COUNT)
    fault = count_fault(count)
    if fault:
        notes.add(fault, COUNT)
        return MisalignmentTotals()
    misaligned = int(count)
    found, samples = (_denominator(misaligned, document, key, notes) for key in (DEGREE_FOUND, DEGREE))
    return MisalignmentTotals(misaligned, found, samples)


def _denominator(misaligned: int, document: dict[str, Any], key: str, notes: Notes) -> int | None:
    degree = document.get(key)
    if isinstance(degree, float) and misaligned and misaligned / 2**62 < degree <= 1:
        whole = round(misaligned / degree)
        if math.isclose(misaligned / whole, degree, rel_tol=SAME_DEGREE):
            return whole
    notes.add(f"{misaligned} divided by it is no whole number of samples", key)
    return None
