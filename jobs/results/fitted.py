"""A fit as one record of its inputs and results. Tables, MLflow, the report and lookups share it.

This needs no table and no Spark.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from jobs.analysis.intervals import Band
from jobs.analysis.law import Law, fit_law, line_band
from jobs.analysis.pooled import Pooled, describe
from jobs.analysis.protocol import Protocol
from jobs.analysis.search_words import above
from jobs.settings.law import Fit


@dataclass(frozen=True)
class FitInput:
    """The key of a fit, and its concepts' names, sets, frequencies (samples) and scores (0 to 1), all of equal length.

    `left_out` are the concepts that have a score but that the search cannot answer.
    """

    corpus: str
    search: str
    threshold: float | None
    sets: tuple[str, ...]
    model: str
    prompt: str
    metric: str
    protocol: Protocol
    names: tuple[str, ...]
    set_of: tuple[str, ...]
    frequency: tuple[int, ...]
    score: tuple[float, ...]
    left_out: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """The key in words."""
        return f"{self.corpus}, {above(self.search, self.threshold)}, {self.model}, {self.prompt}"

    def fit(self, settings: Fit) -> Fitted:
        """The fit over these concepts. Raises ValueError with the reason if there is none."""
        draws, seed, least = settings.draws, settings.seed, self.protocol.zero_becomes
        law = fit_law(self.frequency, self.score, self.protocol, draws, seed)
        pooled = describe(self.names, self.set_of, self.frequency, self.score, least, draws, seed)
        return Fitted(self, law, pooled, settings)


@dataclass(frozen=True)
class Fitted:
    """A fit: its input, the law over the protocol's bins, and statistics over the concepts without bins."""

    item: FitInput
    law: Law
    pooled: Pooled
    settings: Fit

    @cached_property
    def band(self) -> Band | None:
        """The interval of the law's line. No table keeps it: it is drawn on request, from the fit's own seed."""
        item = self.item
        return line_band(item.frequency, item.score, item.protocol, self.settings.draws, self.settings.seed)
