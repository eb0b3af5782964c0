"""The forms of a pool as rows: one for each form, by the names of `COLUMNS`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import astuple

from jobs.analysis.forms.compared import Forms
from jobs.analysis.forms.shapes import HINGE

COLUMNS = (
    "concepts", "sets", "form", "aicc", "weight", "off_concepts", "off_sets", "further_off", "further_off_low",
    "further_off_high", "told_apart", "p_of_change", "knot", "knot_low", "knot_high",
)  # fmt: skip
Value = float | int | str | bool | None


def form_rows(forms: Forms) -> Iterator[dict[str, Value]]:
    """A row for each form; a knot is a frequency in samples, and stands with the hinge, as `p_of_change` does."""
    for one in forms.fitted:
        further = (None, None, None) if one.further_off is None else astuple(one.further_off)
        change: tuple[float | None, ...] = (None, None, None, None)
        if one.form is HINGE:
            ends = (None, None, None) if forms.knot is None else astuple(forms.knot)
            change = (forms.p_of_change, *(None if end is None else float(10**end) for end in ends))
        off = (one.off_concepts, one.off_sets, *further, forms.tells_apart(one))
        values = (forms.concepts, forms.sets, one.form.name, one.aicc, one.weight, *off, *change)
        yield dict(zip(COLUMNS, values, strict=True))
