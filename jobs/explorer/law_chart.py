"""The numbers of the chart of a law, with one concept to be seen on it."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from jobs.figures.readable import readable
from jobs.report_page.embedded import law_numbers
from jobs.results.fits.fitted import Fitted

# Dots that a chart shows: more than a screen can tell apart.
DOTS: Final = 3_000


def law_chart(fit: Fitted, name: str, frequency: int | None) -> dict[str, Any]:
    """The law, at most DOTS of its concepts (evenly by frequency), and the place of the concept in question."""
    item = fit.item
    order = np.argsort(item.frequency, kind="stable")
    if len(order) > DOTS:
        order = order[np.linspace(0, len(order) - 1, DOTS).astype(np.int64)]
    own = [place for place, one in enumerate(item.names) if one == name]
    dots = [
        [readable(item.names[place]), readable(item.set_of[place]), item.frequency[place], item.score[place]]
        for place in dict.fromkeys([*order.tolist(), *own])
    ]
    return {
        "law": law_numbers(fit),
        "dots": dots,
        "of": len(item.names),
        "name": readable(name),
        "frequency": frequency,
    }
