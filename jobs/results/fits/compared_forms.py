"""The forms of the law for each fit under the first protocol."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import pyarrow as pa

from jobs.analysis.forms.compared import Forms
from jobs.analysis.forms.rows import form_rows
from jobs.core.context import Context
from jobs.errors import ConceptfreqError
from jobs.results.fits.fit_columns import FIT
from jobs.results.fits.fit_inputs import fit_inputs, under_first_protocol
from jobs.results.fits.fitted import FitInput

log = logging.getLogger(__name__)

FORM_ROWS = pa.schema(
    [
        *FIT,
        ("concepts", pa.int64()),
        ("sets", pa.int64()),
        ("form", pa.string()),
        ("aicc", pa.float64()),
        ("weight", pa.float64()),
        ("off_concepts", pa.float64()),
        ("off_sets", pa.float64()),
        ("further_off", pa.float64()),
        ("further_off_low", pa.float64()),
        ("further_off_high", pa.float64()),
        ("told_apart", pa.bool_()),
        ("p_of_change", pa.float64()),
        ("knot", pa.float64()),
        ("knot_low", pa.float64()),
        ("knot_high", pa.float64()),
    ]
)


@dataclass(frozen=True)
class FormsOfFit:
    """The forms over the concepts of one fit."""

    item: FitInput
    forms: Forms

    @property
    def rows(self) -> Iterator[dict[str, object]]:
        """Rows in the columns of FORM_ROWS."""
        return ({**self.item.key, **row} for row in form_rows(self.forms))

    def __str__(self) -> str:
        return f"{self.item.title}: {self.forms.verdict}"


def forms_of(items: Iterable[FitInput], refused: list[str] | None = None) -> Iterator[FormsOfFit]:
    """The forms of each fit; fits whose forms cannot be compared are left out, and added to `refused`."""
    for item in items:
        try:
            yield FormsOfFit(item, item.forms())
        except ValueError as refusal:
            if refused is not None:
                refused.append(f"{item.title}: {refusal}")


def compared_forms(context: Context) -> list[FormsOfFit]:
    """The forms of each fit that the settings ask for; those that cannot be compared are logged with the reason.

    Raises SettingsError without the section `fit`, ConceptfreqError if there are none.
    """
    refused: list[str] = []
    found = list(forms_of(under_first_protocol(fit_inputs(context, context.settings.corpora)), refused))
    for one in refused:
        log.warning("%s", one)
    if not found:
        why = refused[-1] if refused else "nothing is evaluated"
        raise ConceptfreqError(f"{context.settings.name}: no forms to compare: {why}")
    return found
