"""The fits under the first protocol of the settings: what lookups, plans and the explorer expect of a concept."""

from __future__ import annotations

from dataclasses import dataclass

from jobs.core.context import Context
from jobs.core.remembered import remembered
from jobs.errors import ConceptfreqError
from jobs.results.fits.fit_inputs import fit_inputs, under_first_protocol
from jobs.results.fits.fitted import Fitted
from jobs.results.fits.stored_fits import read_fits


@dataclass(frozen=True)
class FirstFits:
    """The fits, stored or made from stored rows, and for each that cannot be made the reason."""

    fits: tuple[Fitted, ...]
    refusals: tuple[str, ...]


def first_fits(context: Context) -> FirstFits:
    """The fits of a context, read or made once. Raises as `fit_inputs`."""
    return remembered(context, "first fits", lambda: _first_fits(context))


def fits_if_evaluated(context: Context) -> tuple[Fitted, ...]:
    """The fits of a context; none without the section `fit`, or nothing is evaluated, or not all of it is counted."""
    if context.settings.fit is None:
        return ()
    try:
        return first_fits(context).fits
    except ConceptfreqError:
        return ()


def _first_fits(context: Context) -> FirstFits:
    items = under_first_protocol(fit_inputs(context, context.settings.corpora))
    stored, fits, refusals = read_fits(context.lake), [], []
    for item in items:
        try:
            fits.append(stored.find_or_fit(item))
        except ValueError as refusal:
            refusals.append(f"{item.title}: {refusal}")
    return FirstFits(tuple(fits), tuple(refusals))
