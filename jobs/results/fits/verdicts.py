"""What each fit says, in the sentences of the report."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import pyarrow as pa

from jobs.analysis.verdict import direction, verdict
from jobs.core.context import Context
from jobs.errors import ConceptfreqError, SettingsError
from jobs.results.fits.first_fits import first_fits
from jobs.results.fits.fit_columns import FIT

# direction: how frequent concepts score.
VERDICTS: Final = pa.schema([*FIT, ("concepts", pa.int64()), ("direction", pa.string()), ("verdict", pa.string())])


def verdicts(context: Context) -> Iterator[dict[str, object]]:
    """Rows of VERDICTS: one per fit under the first protocol.

    Raises SettingsError if the settings ask for no fits, and ConceptfreqError with the reason if there is none.
    """
    if context.settings.fit is None:
        raise SettingsError(f"{context.settings.name}: verdicts need the section 'fit'")
    found = first_fits(context)
    if not found.fits:
        why = found.refusals[-1] if found.refusals else "nothing is evaluated"
        raise ConceptfreqError(f"{context.settings.name}: there is no fit: {why}")
    for fit in found.fits:
        better = fit.item.higher_is_better
        yield {
            **fit.item.key,
            "concepts": fit.pooled.concepts,
            "direction": direction(fit.pooled, better),
            "verdict": verdict(fit.law, fit.pooled, better),
        }
