"""The fits of the present counts and evaluations: their rows of the table `fits`, and a figure of each law."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pyarrow as pa

from jobs.core.context import Context
from jobs.errors import ConceptfreqError, SettingsError
from jobs.results.fits.fit_inputs import fit_inputs, under_first_protocol
from jobs.results.fits.fitted import FitInput
from jobs.results.fits.stored_fits import inputs_digest, read_fits

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def current_fits(context: Context) -> pa.Table:
    """The rows of `fits` made from the present counts and evaluations under the settings, without older ones.

    Raises SettingsError if the settings ask for no fits, and ConceptfreqError if there is none.
    """
    inputs = _inputs(context)
    corpora = [corpus.name for corpus in context.settings.corpora]
    table = context.lake.table("fits", corpus=corpora, inputs=[inputs_digest(item) for item in inputs])
    if not table.num_rows:
        raise ConceptfreqError(
            f"{context.settings.name}: no fit of the present counts and evaluations is in {context.settings.lake}: run"
            " the stage `fit`; if it ran, its log says why no fit could be made"
        )
    return table


def law_figures(context: Context) -> Iterator[Figure]:
    """A figure of each law under the first protocol; a fit that cannot be made has no figure.

    Raises SettingsError if the settings ask for no fits, and ConceptfreqError if nothing is evaluated or counted.
    """
    # The table is read without matplotlib.
    from jobs.figures.one_law import law_figure

    inputs, stored = _inputs(context), read_fits(context.lake)
    for item in under_first_protocol(inputs):
        try:
            fitted = stored.find_or_fit(item)
        except ValueError:
            # The stage `fit` logs the reason, and the report shows it.
            continue
        yield law_figure(
            item.names, item.frequency, item.score, fitted.law, fitted.pooled, item.title, item.metric_title
        )


def _inputs(context: Context) -> list[FitInput]:
    """The inputs of the fits that the settings ask for."""
    settings = context.settings
    if settings.fit is None:
        raise SettingsError(f"{settings.name}: fits need the section 'fit'")
    return fit_inputs(context, settings.corpora)
